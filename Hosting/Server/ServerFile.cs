using System.Text.Json;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Server;

/// <summary><c>DATA/server.json</c>: how the CLI finds the running server. Removed when it stops.</summary>
internal sealed class ServerFile(string path) : IDisposable
{
    public static ServerFile Write(ServerLayout layout)
    {
        var path = ServerAddress.PathIn(layout.DataDirectory);
        File.WriteAllBytes(path + ".new", JsonSerializer.SerializeToUtf8Bytes(
            new ServerAddress(Environment.ProcessId, layout.RunDirectory, layout.Boot, layout.Console), ServerAddressJson.Default.ServerAddress));
        File.Move(path + ".new", path, overwrite: true);
        return new ServerFile(path);
    }

    public void Dispose() => File.Delete(path);
}

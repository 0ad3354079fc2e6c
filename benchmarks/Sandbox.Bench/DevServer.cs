using System.Diagnostics;
using System.Text.Json;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Sandbox.Bench;

/// <summary>The whole server as it ships, Release, on a data directory of its own.</summary>
internal sealed class DevServer : IAsyncDisposable
{
    private readonly Process host;
    private readonly GrpcChannel channel;

    private DevServer(Process host, string data)
    {
        (this.host, Data) = (host, data);
        using var address = JsonDocument.Parse(File.ReadAllText(ServerAddress.PathIn(data)));
        RunDirectory = address.RootElement.GetProperty("runDirectory").GetString()!;
        channel = GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(RunLayout.RunnerSocket(RunDirectory)) });
    }

    public string Data { get; }

    public string RunDirectory { get; }

    public int ProcessId => host.Id;

    public AgentRunner.AgentRunnerClient Runner => new(channel);

    public static async Task<DevServer> StartAsync(string data, params string[] options)
    {
        Directory.CreateDirectory(data);
        var program = AppContext.BaseDirectory.Replace("/Sandbox.Bench/", "/AppHost/", StringComparison.Ordinal) + "SecureAgent.AppHost.dll";
        var host = Process.Start(new ProcessStartInfo("dotnet", [program, "--events", "--data", data, .. options])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        while (await host.StandardOutput.ReadLineAsync() is { } line)
        {
            using var json = JsonDocument.Parse(line);
            switch (json.RootElement.GetProperty("event").GetString())
            {
                case "ready":
                    _ = host.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
                    return new DevServer(host, data);
                case "failed":
                    throw new InvalidOperationException(json.RootElement.GetProperty("message").GetString());
            }
        }

        throw new InvalidOperationException("the server ended before it was ready");
    }

    public async ValueTask DisposeAsync()
    {
        channel.Dispose();
        host.StandardInput.Close();
        await host.WaitForExitAsync();
        host.Dispose();
    }
}

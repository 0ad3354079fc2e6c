using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>A docker engine of these tests' own, without a bridge and without a packet filter; none where dockerd is missing.</summary>
public sealed class DockerServer : IAsyncLifetime
{
    private readonly string directory = Directory.CreateTempSubdirectory("sa-docker-").FullName;
    private Process? engine;
    private string words = "dockerd is not installed";

    internal string Address => $"unix://{directory}/engine.sock";

    public async ValueTask InitializeAsync()
    {
        if (!File.Exists("/usr/sbin/dockerd") || !SandboxUids.ServerIsRoot)
        {
            return;
        }

        engine = Process.Start(new ProcessStartInfo("/usr/sbin/dockerd",
        [
            "--bridge=none", "--iptables=false", "--ip-masq=false", "--storage-driver=vfs", "--exec-opt", "native.cgroupdriver=cgroupfs",
            "--data-root", $"{directory}/data", "--exec-root", $"{directory}/exec", "--pidfile", $"{directory}/pid", "--host", Address,
        ]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _ = engine.StandardOutput.ReadToEndAsync();
        var listens = false;
        while (!listens && await engine.StandardError.ReadLineAsync() is { } line)
        {
            (words, listens) = (line, line.Contains("API listen on", StringComparison.Ordinal));
        }

        if (listens)
        {
            _ = engine.StandardError.ReadToEndAsync();
            return;
        }

        await engine.WaitForExitAsync();
        engine.Dispose();
        engine = null;
    }

    internal void Require() => Assert.SkipUnless(engine is not null, $"no docker engine here: {words}");

    public async ValueTask DisposeAsync()
    {
        if (engine is not null)
        {
            using var terminate = Process.Start("kill", ["-TERM", engine.Id.ToString(null, null)]);
            await engine.WaitForExitAsync();
            engine.Dispose();
        }

        Directory.Delete(directory, recursive: true);
    }
}

using System.Text.Json;
using SecureAgent.AgentRunner.Mcp;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>What PID 1 is told, the same whatever the driver.</summary>
internal static class GuestConfigFile
{
    /// <summary>RLIMIT_NPROC counts threads too; below this, runtimes fail to start.</summary>
    private const int LeastProcesses = 512;

    private static readonly string[] OldLayout = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    public static GuestConfig Of(SandboxRequest request, ControlGroups groups) => new()
    {
        WorkingDirectory = request.HasWorkspace ? SandboxPaths.Workspace : SandboxPaths.Home,
        RunnerSocket = SandboxPaths.GuestSocket,
        Relays =
        [
            OfGate(SandboxPorts.FileGate, ComponentNames.FileGate),
            OfGate(SandboxPorts.EgressProxy, ComponentNames.EgressProxy),
            OfGate(SandboxPorts.Inference, ComponentNames.InferenceGateway),
            .. request.HasSecretDoor ? [OfGate(SandboxPorts.Secrets, ComponentNames.SecretBroker)] : Array.Empty<GuestRelay>(),
            .. request.McpServers.Select((name, at) => new GuestRelay(SandboxPorts.FirstMcp + at, McpBridge.SocketIn(SandboxPaths.Session, name))),
        ],
        DnsPort = SandboxPorts.Dns,
        Limits = Limits(request.Limits, groups),
        ReadPaths = [.. ReadPaths(), .. request.Limits.Tools],
        ToolPaths = request.Limits.Tools,
        WritePaths = ["/tmp", SandboxPaths.Home, "/dev", .. request.HasWorkspace ? (string[])[SandboxPaths.Workspace] : []],
        AllowDegraded = request.AllowDegraded,
    };

    private static GuestRelay OfGate(int port, string component) => new(port, RunLayout.SessionSocket(SandboxPaths.Session, component), HandsOver: true);

    public static void Write(GuestConfig config, string sessionDirectory)
    {
        var path = Path.Combine(sessionDirectory, GuestConfig.FileName);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(config, GuestJson.Default.GuestConfig));
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("444", 8));
    }

    /// <summary>Where a control group counts, it counts; rlimits stand in for what it does not cover.</summary>
    private static GuestLimits Limits(SandboxPolicy policy, ControlGroups groups) => new()
    {
        Processes = groups.CountSessions ? 0 : Math.Max(policy.Pids, LeastProcesses),
        DataBytes = groups.CountSessions ? 0 : policy.MemoryBytes,
    };

    /// <summary>/lib and the like are links into /usr, except on older layouts.</summary>
    private static IEnumerable<string> ReadPaths() =>
        OldLayout
            .Where(path => Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            .Concat(["/usr", "/etc", "/opt/secure-agent", "/proc", SandboxPaths.Session]);
}

using System.Text.Json.Serialization;

namespace SecureAgent.Contracts.Guest;

/// <summary>
/// What AgentRunner tells PID 1 of a sandbox: one JSON file in the session's directory, bound read-only. The agent can
/// read it, so it holds no secret. The file is compiled into Guest as source: Guest references no library of ours.
/// </summary>
public sealed record GuestConfig
{
    public const string FileName = "guest.json";

    public required string WorkingDirectory { get; init; }

    /// <summary>The runner's socket as seen in the sandbox. The runner accepts one connection, before the agent starts.</summary>
    public required string RunnerSocket { get; init; }

    public IReadOnlyList<GuestRelay> Relays { get; init; } = [];

    /// <summary>Port of the DNS sink on 127.0.0.1, 0 for none.</summary>
    public int DnsPort { get; init; } = 53;

    /// <summary>Descriptor of the packet socket that stage <c>netsetup</c> left open, 0 for none.</summary>
    public int PacketDescriptor { get; init; }

    public GuestLimits Limits { get; init; } = new();

    /// <summary>Trees the agent may read and execute from, for Landlock; <c>/</c> can always be listed.</summary>
    public IReadOnlyList<string> ReadPaths { get; init; } = [];

    /// <summary>Those of <see cref="ReadPaths"/> that hold the session's tools: can be read and not be changed, and are probed for that.</summary>
    public IReadOnlyList<string> ToolPaths { get; init; } = [];

    /// <summary>Trees the agent may change, for Landlock.</summary>
    public IReadOnlyList<string> WritePaths { get; init; } = [];

    /// <summary>The agent's, and its group's, as it sees them; probed.</summary>
    public uint Uid { get; init; } = 1000;

    /// <summary>What the exec stage becomes where PID 1 is root of the driver's own kernel; 0 where PID 1 has the agent's uid already.</summary>
    public uint AgentUid { get; init; }

    /// <summary>Layers (<see cref="SandboxLayers"/>) that may be missing. Every other missing layer ends the session.</summary>
    public IReadOnlyList<string> AllowDegraded { get; init; } = [];

    /// <summary>Probes whose answer the driver's kernel is known to give wrong, reported as open: its own isolation stands in.</summary>
    public IReadOnlyList<string> OpenProbes { get; init; } = [];
}

/// <summary>A loopback port that carries bytes to a session socket.</summary>
/// <param name="HandsOver">The port's listening socket is given to whoever is behind the session socket, where it takes it (<see cref="Handover"/>).</param>
public sealed record GuestRelay(int Port, string Socket, int MaxConnections = 512, bool HandsOver = false);

/// <summary>Resource limits of the agent and its children; zero leaves a limit as it is.</summary>
public sealed record GuestLimits
{
    /// <summary>RLIMIT_NPROC, processes and threads in the sandbox's user namespace.</summary>
    public long Processes { get; init; }

    /// <summary>RLIMIT_NOFILE, descriptors per process.</summary>
    public long OpenFiles { get; init; } = 4096;

    /// <summary>RLIMIT_DATA, bytes per process; used where no memory cgroup is at hand.</summary>
    public long DataBytes { get; init; }
}

/// <summary>Names of the layers, as in events, options (<c>--allow-degraded</c>) and audit records.</summary>
public static class SandboxLayers
{
    public const string Bubblewrap = "bubblewrap";
    public const string Gvisor = "gvisor";
    public const string Container = "container";
    public const string UserNamespace = "user_namespace";
    public const string NetworkNamespace = "network_namespace";
    public const string UnprivilegedUid = "unprivileged_uid";
    public const string NoNewPrivileges = "no_new_privs";
    public const string Landlock = "landlock";
    public const string Seccomp = "seccomp";
    public const string Limits = "limits";
    public const string BypassCatcher = "bypass_catcher";

    /// <summary>The root file system: read-only, minimal, nothing of the host's.</summary>
    public const string Mounts = "mounts";
    public const string PidNamespace = "pid_namespace";
    public const string IpcNamespace = "ipc_namespace";
    public const string Capabilities = "capabilities";

    /// <summary>Guest's loopback ports and the gates' sockets behind them.</summary>
    public const string Relays = "relays";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(AgentStart))]
[JsonSerializable(typeof(GuestConfig))]
[JsonSerializable(typeof(GuestEvent))]
[JsonSerializable(typeof(GuestCommand))]
public sealed partial class GuestJson : JsonSerializerContext;

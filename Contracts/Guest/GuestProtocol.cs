using System.Text.Json.Serialization;

namespace SecureAgent.Contracts.Guest;

/// <summary>
/// What AgentRunner tells PID 1 of a sandbox: one JSON file in the session's directory, bound read-only. The agent can
/// read it, so it holds no secret. The file is compiled into Guest as source: Guest references no library of ours.
/// </summary>
public sealed record GuestConfig
{
    public const string FileName = "guest.json";

    /// <summary>Program and arguments of the agent. The program is searched in PATH of <see cref="Environment"/>.</summary>
    public required IReadOnlyList<string> Command { get; init; }

    /// <summary>The whole environment of the agent; nothing is inherited.</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

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

    /// <summary>Trees the agent may change, for Landlock.</summary>
    public IReadOnlyList<string> WritePaths { get; init; } = [];

    /// <summary>Layers (<see cref="SandboxLayers"/>) that may be missing. Every other missing layer ends the session.</summary>
    public IReadOnlyList<string> AllowDegraded { get; init; } = [];
}

/// <summary>A loopback port that carries bytes to a session socket.</summary>
public sealed record GuestRelay(int Port, string Socket, int MaxConnections = 512);

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
    public const string UserNamespace = "user_namespace";
    public const string NetworkNamespace = "network_namespace";
    public const string UnprivilegedUid = "unprivileged_uid";
    public const string NoNewPrivileges = "no_new_privs";
    public const string Landlock = "landlock";
    public const string Seccomp = "seccomp";
    public const string Limits = "limits";
    public const string BypassCatcher = "bypass_catcher";
}

/// <summary>One JSON line from Guest to the runner. Which members are set depends on <see cref="Type"/>.</summary>
public sealed record GuestEvent(string Type)
{
    /// <summary>Relays and the DNS sink listen; the agent has not started.</summary>
    public const string Ready = "ready";

    /// <summary>A layer is in force (<see cref="Name"/>, <see cref="Detail"/>).</summary>
    public const string Layer = "layer";

    /// <summary>A layer cannot be applied. Unless it is in <see cref="GuestConfig.AllowDegraded"/>, exit 125 follows.</summary>
    public const string LayerMissing = "layer_missing";

    /// <summary>The agent's program runs.</summary>
    public const string Started = "started";

    /// <summary>The agent's program could not be executed (<see cref="Detail"/>); <see cref="Code"/> is 126 or 127.</summary>
    public const string ExecFailed = "exec_failed";

    /// <summary>Guest itself cannot work (<see cref="Detail"/>).</summary>
    public const string Failed = "failed";

    /// <summary>The agent looked up <see cref="Name"/> (presentation form, escaped) of <see cref="RecordType"/>.</summary>
    public const string Dns = "dns";

    /// <summary>The agent sent a packet around the proxy: <see cref="Protocol"/>, <see cref="Name"/> is the address, <see cref="Port"/>.</summary>
    public const string Bypass = "bypass";

    /// <summary>The agent ended: <see cref="Code"/>, or <see cref="Signal"/> when a signal ended it.</summary>
    public const string Exited = "exited";

    public string? Name { get; init; }

    public string? Detail { get; init; }

    public string? RecordType { get; init; }

    public string? Protocol { get; init; }

    public int? Port { get; init; }

    public int? Code { get; init; }

    public int? Signal { get; init; }

    /// <summary>How many equal observations this line stands for; null is one.</summary>
    public long? Count { get; init; }
}

/// <summary>One JSON line from the runner to Guest.</summary>
public sealed record GuestCommand(string Type)
{
    /// <summary>Start the agent. Sent once, after the runner has stopped listening.</summary>
    public const string Start = "start";

    /// <summary>Send signal <see cref="Number"/> to the agent's process group.</summary>
    public const string Signal = "signal";

    /// <summary>SIGTERM now, SIGKILL to everything after <see cref="Number"/> milliseconds.</summary>
    public const string Stop = "stop";

    public int Number { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(GuestConfig))]
[JsonSerializable(typeof(GuestEvent))]
[JsonSerializable(typeof(GuestCommand))]
public sealed partial class GuestJson : JsonSerializerContext;

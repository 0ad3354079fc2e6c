namespace SecureAgent.Contracts.Guest;

/// <summary>One JSON line from Guest to the runner. Which members are set depends on <see cref="Type"/>.</summary>
public sealed record GuestEvent(string Type)
{
    /// <summary>Relays and the DNS sink listen, every layer is in force and probed; the agent has not started.</summary>
    public const string Ready = "ready";

    /// <summary>A layer is in force (<see cref="Name"/>, <see cref="Detail"/>).</summary>
    public const string Layer = "layer";

    /// <summary>A layer cannot be applied. Unless it is in <see cref="GuestConfig.AllowDegraded"/>, exit 125 follows.</summary>
    public const string LayerMissing = "layer_missing";

    /// <summary>Every probe's answer, <see cref="Detail"/> is <c>name=answer</c> separated by blanks; <see cref="Count"/> of them were asked. Open ones are in <see cref="Name"/>.</summary>
    public const string Probed = "probed";

    /// <summary>The exec stage waits for its <see cref="AgentStart"/>.</summary>
    public const string Prepared = "prepared";

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
    /// <summary>Start the agent (<see cref="Agent"/>). Sent once, after the runner has stopped listening.</summary>
    public const string Start = "start";

    /// <summary>Send signal <see cref="Number"/> to the agent's process group.</summary>
    public const string Signal = "signal";

    /// <summary>SIGTERM now, SIGKILL to everything after <see cref="Number"/> milliseconds; with 0 SIGKILL at once.</summary>
    public const string Stop = "stop";

    public int Number { get; init; }

    public AgentStart? Agent { get; init; }
}

/// <summary>What to run, told when the sandbox stands ready: its layers and probes do not depend on it.</summary>
/// <param name="Command">Program and arguments. The program is searched in PATH of <paramref name="Environment"/>.</param>
/// <param name="Environment">The whole environment; nothing is inherited.</param>
/// <param name="GatesOpen">The gates' sockets are there and must take a connection before the agent may run.</param>
public sealed record AgentStart(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, bool GatesOpen = false);

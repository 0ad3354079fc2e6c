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

    /// <summary>Bytes (<see cref="Data"/>) of job <see cref="Job"/>, from its terminal or stdout, or from stderr when <see cref="IsError"/>.</summary>
    public const string Output = "output";

    /// <summary>The job has taken <see cref="Count"/> bytes of its input.</summary>
    public const string InputTaken = "input_taken";

    /// <summary>Job <see cref="Job"/> ended with <see cref="Code"/>; all its output was sent before. With <see cref="Detail"/>: it did not start, and why.</summary>
    public const string JobExited = "job_exited";

    /// <summary>Answer to <see cref="GuestCommand.Freeze"/>: none of the agent's processes runs, or with <see cref="Detail"/> why one still does.</summary>
    public const string Frozen = "frozen";

    /// <summary>0 is the agent, others were started beside it.</summary>
    public int? Job { get; init; }

    public byte[]? Data { get; init; }

    public bool? IsError { get; init; }

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
    /// <summary>The runner has stopped listening: what comes after PID 1 finds no door. Sent first.</summary>
    public const string Begin = "begin";

    /// <summary>Start the agent (<see cref="Agent"/>). Sent once.</summary>
    public const string Start = "start";

    /// <summary>Send signal <see cref="Number"/> to the process group of job <see cref="Job"/>.</summary>
    public const string Signal = "signal";

    /// <summary>SIGTERM now, SIGKILL to everything after <see cref="Number"/> milliseconds; with 0 SIGKILL at once.</summary>
    public const string Stop = "stop";

    /// <summary>Start <see cref="Agent"/> beside the agent, as job <see cref="Job"/>.</summary>
    public const string Exec = "exec";

    /// <summary>Bytes (<see cref="Data"/>) for a job's input; never more than <see cref="JobWindow.Bytes"/> ahead of <see cref="GuestEvent.InputTaken"/>.</summary>
    public const string Input = "input";

    /// <summary>The end of a job's input.</summary>
    public const string InputClosed = "input_closed";

    /// <summary><see cref="Number"/> bytes of a job's output have found their reader; as many more may follow.</summary>
    public const string OutputTaken = "output_taken";

    /// <summary>A job's terminal has now <see cref="Size"/>.</summary>
    public const string Resize = "resize";

    /// <summary>Nobody waits for a job any more: SIGKILL to its process group, its output is dropped.</summary>
    public const string Abandon = "abandon";

    /// <summary>Stop every process but PID 1 until <see cref="Thaw"/>.</summary>
    public const string Freeze = "freeze";

    public const string Thaw = "thaw";

    public int Number { get; init; }

    public int Job { get; init; }

    public byte[]? Data { get; init; }

    public TerminalSize? Size { get; init; }

    public AgentStart? Agent { get; init; }
}

/// <summary>Flow control of jobs' bytes, both ways: what one job does not read or nobody fetches holds up that job only.</summary>
public static class JobWindow
{
    public const int Bytes = 256 * 1024;

    /// <summary>The most one message carries.</summary>
    public const int Chunk = 16 * 1024;
}

public sealed record TerminalSize(ushort Rows, ushort Columns);

/// <summary>What to run, told when the sandbox stands ready: its layers and probes do not depend on it.</summary>
/// <param name="Command">Program and arguments. The program is searched in PATH of <paramref name="Environment"/>.</param>
/// <param name="Environment">The whole environment; nothing is inherited.</param>
/// <param name="Terminal">Give it a terminal of this size; null for pipes.</param>
/// <param name="TerminalPath">Filled in by PID 1: the terminal's own name.</param>
/// <param name="GatesOpen">The gates' sockets are there and must take a connection before the agent may run.</param>
public sealed record AgentStart(IReadOnlyList<string> Command, IReadOnlyDictionary<string, string> Environment, TerminalSize? Terminal = null, string? TerminalPath = null, bool GatesOpen = false)
{
    /// <summary>Files of the home directory before the program runs, by relative path.</summary>
    public IReadOnlyDictionary<string, string>? HomeFiles { get; init; }
}

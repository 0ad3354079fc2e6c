using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>Starts sandboxes of one kind. Whatever the kind, the agent finds the same ports, paths, uid and environment.</summary>
internal interface ISandboxDriver
{
    /// <summary>As in <c>sandbox.driver</c> of a policy.</summary>
    string Name { get; }

    /// <summary>Layers that cannot hold in this kind of sandbox, each with what stands in their place. Recorded and shown as missing, without the operator's consent: the policy has chosen the driver.</summary>
    IReadOnlyDictionary<string, string> StandsInFor { get; }

    /// <summary>The uid the agent has on this machine, to which a private copy of its files belongs.</summary>
    /// <param name="hostUid">The session's.</param>
    uint CopyUid(uint hostUid);

    /// <summary>
    /// Builds the sandbox as far as it can be without knowing the agent: layers in force and probed from inside. Throws <see cref="SandboxException"/> when a layer is
    /// missing or the sandbox cannot be built; then nothing runs.
    /// </summary>
    Task<IPreparedSandbox> PrepareAsync(SandboxRequest request, CancellationToken cancellationToken);
}

/// <param name="Directory">The session's directory, where the gates' sockets are or will be.</param>
/// <param name="HostUid">The uid the sandbox has outside; see <see cref="SandboxUids"/>.</param>
/// <param name="AllowDegraded">Layers the operator accepts to be missing.</param>
internal sealed record SandboxRequest(
    string SessionId,
    string Directory,
    uint HostUid,
    SandboxPolicy Limits,
    IReadOnlyList<string> AllowDegraded)
{
    /// <summary>Whether the session has a socket at the secret broker.</summary>
    public bool HasSecretDoor { get; init; }

    /// <summary>The session's directory holds a private copy of its files, to be found at <see cref="SandboxPaths.Workspace"/>.</summary>
    public bool HasWorkspace { get; init; }

    /// <summary>Names of the session's MCP servers, in the order of their ports.</summary>
    public IReadOnlyList<string> McpServers { get; init; } = [];

    public string WorkspaceDirectory => Path.Combine(Directory, "workspace");
}

/// <summary>A sandbox that stands ready; disposing it without a start ends it.</summary>
internal interface IPreparedSandbox : IAsyncDisposable
{
    /// <summary>Layers in force, and those that are missing with the operator's consent.</summary>
    IReadOnlyList<SandboxLayer> Layers { get; }

    ProbeReport Probes { get; }

    /// <summary>False when it ended while it waited.</summary>
    bool IsAlive { get; }

    /// <summary>Starts the agent, once. Throws <see cref="SandboxException"/> when the sandbox is gone or a gate does not answer.</summary>
    Task<ISandbox> StartAsync(AgentStart agent, CancellationToken cancellationToken);
}

/// <summary>What was tried from inside.</summary>
/// <param name="Answers"><c>name=errno</c>, 0 for what was possible.</param>
/// <param name="Open">Those that were answered wrong in a layer the operator accepts to be missing.</param>
internal sealed record ProbeReport(int Count, string Answers, IReadOnlyList<string> Open)
{
    public static ProbeReport None { get; } = new(0, "", []);
}

/// <summary>A running agent.</summary>
internal interface ISandbox : IAsyncDisposable
{
    Stream StandardInput { get; }

    Stream StandardOutput { get; }

    Stream StandardError { get; }

    /// <summary>As when it was prepared.</summary>
    IReadOnlyList<SandboxLayer> Layers { get; }

    /// <summary>Name look-ups and packets around the proxy, as they happen; ends with the sandbox.</summary>
    IAsyncEnumerable<GuestEvent> Events { get; }

    /// <summary>Whether no control group bounds the memory of the sandbox as a whole, and it uses more than this.</summary>
    bool UsesMoreThan(long memoryBytes);

    /// <summary>Completes when nothing of the sandbox runs any more. The agent's exit code; 128+N after signal N; 137 when killed.</summary>
    Task<int> Exited { get; }

    /// <summary>The agent's terminal, when it was started on one; then the three streams carry nothing.</summary>
    IGuestJob? Terminal { get; }

    /// <summary>To the agent's process group.</summary>
    Task SignalAsync(int signal);

    /// <summary>Another program beside the agent, under the same layers. It ends with the sandbox at the latest.</summary>
    Task<IGuestJob> ExecAsync(AgentStart what);

    /// <summary>Stops every process of the agent where it stands. Throws <see cref="SandboxException"/> when that cannot be done.</summary>
    Task FreezeAsync();

    /// <summary>Lets them go on.</summary>
    Task ThawAsync();

    /// <summary>Ends everything in the sandbox and waits for it.</summary>
    Task KillAsync();
}

/// <param name="Name">One of <see cref="SandboxLayers"/>.</param>
/// <param name="Detail">What is in force, or what is missing and how to mend it.</param>
internal sealed record SandboxLayer(string Name, bool Present, string Detail);

/// <summary>A sandbox cannot be built. The message says what is missing and how to mend it.</summary>
internal sealed class SandboxException(string message, string? layer = null, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>The missing layer, when it is one.</summary>
    public string? Layer { get; } = layer;
}

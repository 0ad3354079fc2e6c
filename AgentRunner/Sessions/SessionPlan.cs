using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>A request that passed every check.</summary>
/// <param name="Workspace">Absolute host path; empty when the session has none.</param>
/// <param name="PolicyText">The whole document, as the gates get it.</param>
/// <param name="Command">What runs in the sandbox.</param>
/// <param name="Degraded">Missing layers the operator accepts, as <c>name: detail</c> pairs.</param>
internal sealed record SessionPlan(
    string Workspace, Profile Profile, string PolicyText, IReadOnlyList<string> Command, string What, IReadOnlyList<Sandbox.SandboxLayer> Degraded, IReadOnlyList<string> AllowDegraded,
    string Name, Contracts.Runner.V1.Terminal? Terminal)
{
    public required Sandbox.DriverState Driver { get; init; }

    /// <summary>Where the document came from: an absolute path when it is a file the session follows, else a name for messages.</summary>
    public string PolicySource { get; init; } = "policy";

    public bool IsOfAFile => Path.IsPathFullyQualified(PolicySource);

    /// <summary>Its MCP servers, each a session of its own; their own plans have none.</summary>
    public IReadOnlyList<SessionPlan> Servers { get; init; } = [];

    /// <summary>The name of the MCP server this is one of; empty for an agent's session.</summary>
    public string Server { get; init; } = "";

    /// <summary>The session whose server this is; empty for an agent's.</summary>
    public string Parent { get; init; } = "";

    public bool IsServer => Server.Length > 0;

    /// <summary>The agent may come to change files of the host.</summary>
    public bool MayWriteFiles => Servers.Any(server => server.MayWriteFiles) || Profile.Files.Any(grant => grant.Access == FileAccessMode.Write) || Profile.Ask.Contains("write", StringComparer.Ordinal);

    /// <summary>The session works on a private copy at <c>/workspace</c>.</summary>
    public bool IsCopied => Profile.Files.Any(grant => grant.Deliver == FileDelivery.Copy) && Workspace.Length > 0;
}

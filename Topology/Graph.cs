namespace SecureAgent.Topology;

/// <summary>What a component is to the others: its side of the trust boundary.</summary>
public enum ComponentRole
{
    /// <summary>The person, by Cli or Console.</summary>
    Operator,

    /// <summary>Starts sandboxes and controls the gates.</summary>
    Runner,

    /// <summary>Judges and records what crosses the boundary.</summary>
    Gate,

    /// <summary>Untrusted: runs only inside a sandbox.</summary>
    Sandbox,

    /// <summary>The operator's web page: asks the runner, on the word of an operator who logged in. On a dev server only.</summary>
    Console,

    /// <summary>Not ours: folders, hosts, stores, models.</summary>
    External,
}

/// <summary>One node of the graph.</summary>
/// <param name="Name">Standard name, as in sockets, audiences and audit records.</param>
/// <param name="Project">Folder of the program; null for what is not ours.</param>
/// <param name="Purpose">A few words for diagrams and logs.</param>
/// <param name="SandboxPort">Loopback port the component has inside every sandbox; null for none.</param>
public sealed record Component(string Name, ComponentRole Role, string? Project, string Purpose, int? SandboxPort)
{
    /// <summary>Started by the host as a process of its own.</summary>
    public bool IsProcess => RunsInCluster || Role == ComponentRole.Console;

    /// <summary>Published, with an image of its own.</summary>
    public bool RunsInCluster => Role is ComponentRole.Runner or ComponentRole.Gate;
}

/// <summary>How one component uses another.</summary>
public enum EdgeKind
{
    /// <summary>Operator to runner, over the runner's Unix socket.</summary>
    Operates,

    /// <summary>Runner to gate, over the gate's control socket.</summary>
    Controls,

    /// <summary>Gate to gate, over the service endpoint with a service token.</summary>
    Calls,

    /// <summary>Operator to console, by a browser that logs in.</summary>
    Visits,

    /// <summary>Console to runner, over the service endpoint with a service token and an operator's session.</summary>
    Asks,

    /// <summary>Runner starts the sandbox.</summary>
    Starts,

    /// <summary>Sandbox to gate, over the session's own socket.</summary>
    Relays,

    /// <summary>A component to something that is not ours.</summary>
    Reaches,
}

public sealed record Edge(string From, string To, EdgeKind Kind)
{
    /// <summary>The one is told the other's address, and starts after it.</summary>
    public bool IsBetweenProcesses => Kind is EdgeKind.Controls || IsProvenByToken;

    /// <summary>The one gets service tokens for the other.</summary>
    public bool IsProvenByToken => Kind is EdgeKind.Calls or EdgeKind.Asks;
}

/// <summary>The system as data: hosts run it, publishers write it down, tests hold them to it.</summary>
public sealed record Graph(string Name, IReadOnlyList<Component> Components, IReadOnlyList<Edge> Edges)
{
    public Component this[string name] =>
        Components.FirstOrDefault(component => component.Name == name)
        ?? throw new KeyNotFoundException($"'{name}' is not a component of {Name}");

    public IEnumerable<Component> Processes => Components.Where(component => component.IsProcess);

    /// <summary>The graph less one component and its edges.</summary>
    public Graph Without(string name) =>
        this with { Components = [.. Components.Where(component => component.Name != name)], Edges = [.. Edges.Where(edge => edge.From != name && edge.To != name)] };

    public IEnumerable<Component> Targets(string from, EdgeKind kind) =>
        Edges.Where(edge => edge.From == from && edge.Kind == kind).Select(edge => this[edge.To]);
}

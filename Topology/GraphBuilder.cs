namespace SecureAgent.Topology;

/// <summary>Declares a <see cref="Graph"/> in the order a reader would draw it. Every mistake is an exception at build time.</summary>
public sealed class GraphBuilder(string name)
{
    private readonly List<Component> components = [];
    private readonly List<Edge> edges = [];

    public ComponentBuilder AddGate(string gate, string project, string purpose, int? sandboxPort = null) =>
        Add(new Component(gate, ComponentRole.Gate, project, purpose, sandboxPort));

    public ComponentBuilder AddRunner(string runner, string project, string purpose) =>
        Add(new Component(runner, ComponentRole.Runner, project, purpose, null));

    public ComponentBuilder AddSandbox(string agent, string project, string purpose) =>
        Add(new Component(agent, ComponentRole.Sandbox, project, purpose, null));

    public ComponentBuilder AddOperator(string program, string project, string purpose) =>
        Add(new Component(program, ComponentRole.Operator, project, purpose, null));

    public ComponentBuilder AddConsole(string page, string project, string purpose) =>
        Add(new Component(page, ComponentRole.Console, project, purpose, null));

    public ComponentBuilder AddExternal(string thing, string purpose) =>
        Add(new Component(thing, ComponentRole.External, null, purpose, null));

    public Graph Build()
    {
        var graph = new Graph(name, [.. components], [.. edges]);
        StartOrder.Of(graph);
        return graph;
    }

    internal void Connect(Component from, Component to, EdgeKind kind)
    {
        var edge = new Edge(from.Name, to.Name, kind);
        if (edges.Contains(edge))
        {
            throw new InvalidOperationException($"{from.Name} {kind} {to.Name} is declared twice");
        }

        edges.Add(edge);
    }

    private ComponentBuilder Add(Component component)
    {
        if (components.Any(other => other.Name == component.Name))
        {
            throw new InvalidOperationException($"component '{component.Name}' is declared twice");
        }

        if (component.SandboxPort is { } port && components.FirstOrDefault(other => other.SandboxPort == port) is { } holder)
        {
            throw new InvalidOperationException($"'{component.Name}' and '{holder.Name}' both want port {port} in the sandbox");
        }

        components.Add(component);
        return new ComponentBuilder(this, component);
    }
}

/// <summary>A declared component, for drawing edges from it.</summary>
public sealed class ComponentBuilder
{
    private readonly GraphBuilder graph;

    internal ComponentBuilder(GraphBuilder graph, Component component) => (this.graph, Component) = (graph, component);

    public Component Component { get; }

    public ComponentBuilder Operates(params ComponentBuilder[] runners) => Connect(EdgeKind.Operates, runners, ComponentRole.Operator, ComponentRole.Runner);

    public ComponentBuilder Visits(params ComponentBuilder[] consoles) => Connect(EdgeKind.Visits, consoles, ComponentRole.Operator, ComponentRole.Console);

    public ComponentBuilder Asks(params ComponentBuilder[] runners) => Connect(EdgeKind.Asks, runners, ComponentRole.Console, ComponentRole.Runner);

    public ComponentBuilder Controls(params ComponentBuilder[] gates) => Connect(EdgeKind.Controls, gates, ComponentRole.Runner, ComponentRole.Gate);

    public ComponentBuilder Calls(params ComponentBuilder[] gates) => Connect(EdgeKind.Calls, gates, ComponentRole.Gate, ComponentRole.Gate);

    public ComponentBuilder Starts(params ComponentBuilder[] sandboxes) => Connect(EdgeKind.Starts, sandboxes, ComponentRole.Runner, ComponentRole.Sandbox);

    public ComponentBuilder Relays(params ComponentBuilder[] gates) => Connect(EdgeKind.Relays, gates, ComponentRole.Sandbox, ComponentRole.Gate);

    public ComponentBuilder Reaches(params ComponentBuilder[] things) => Connect(EdgeKind.Reaches, things, ComponentRole.Gate, ComponentRole.External);

    private ComponentBuilder Connect(EdgeKind kind, ComponentBuilder[] targets, ComponentRole from, ComponentRole to)
    {
        foreach (var target in targets)
        {
            if (Component.Role != from || target.Component.Role != to)
            {
                throw new InvalidOperationException(
                    $"{Component.Name} ({Component.Role}) cannot have an edge '{kind}' to {target.Component.Name} ({target.Component.Role})");
            }

            if (kind == EdgeKind.Relays && target.Component.SandboxPort is null)
            {
                throw new InvalidOperationException($"{target.Component.Name} has no port in the sandbox, so nothing there can reach it");
            }

            graph.Connect(Component, target.Component, kind);
        }

        return this;
    }
}

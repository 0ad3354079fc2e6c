namespace SecureAgent.Topology.Tests;

public sealed class GraphTests
{
    [Fact]
    public void StartOrder_PutsCalleesBeforeCallers()
    {
        var waves = StartOrder.Of(Sample());

        Assert.Equal([["broker", "files"], ["proxy"], ["runner"]], waves.Select(wave => wave.Select(component => component.Name).ToArray()));
    }

    [Fact]
    public void StartOrder_WithACycle_IsRefused()
    {
        var graph = new GraphBuilder("g");
        var a = graph.AddGate("a", "A", "");
        var b = graph.AddGate("b", "B", "").Calls(a);
        a.Calls(b);

        var error = Assert.Throws<InvalidOperationException>(graph.Build);

        Assert.Contains("a, b", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Environment_FollowsTheEdges()
    {
        var graph = Sample();
        var layout = new ServerLayout("/data", "/run/x", "b-1", new Dictionary<string, int> { ["broker"] = 1, ["files"] = 2, ["proxy"] = 3, ["runner"] = 4 });

        var proxy = ProcessEnvironment.Of(graph, graph["proxy"], layout);
        var files = ProcessEnvironment.Of(graph, graph["files"], layout);

        Assert.Equal("http://127.0.0.1:1", proxy["services__broker__http__0"]);
        Assert.Equal("http://127.0.0.1:3", proxy["ASPNETCORE_URLS"]);
        Assert.Equal("/run/x/tokens/proxy", proxy["SECUREAGENT_TOKEN_DIR"]);
        Assert.DoesNotContain(files.Keys, name => name.StartsWith("services__", StringComparison.Ordinal));
    }

    [Fact]
    public void Tokens_AreForCallEdgesOnly()
    {
        Assert.Equal([("proxy", "broker")], ProcessEnvironment.Tokens(Sample()));
    }

    [Fact]
    public void Console_IsToldTheRunner_GetsATokenForIt_AndStartsAfterIt()
    {
        var builder = new GraphBuilder("g");
        var runner = builder.AddRunner("runner", "Runner", "");
        var console = builder.AddConsole("console", "Console", "").Asks(runner);
        builder.AddOperator("operator", "Cli", "").Operates(runner).Visits(console);
        var graph = builder.Build();
        var layout = new ServerLayout("/data", "/run/x", "b-1", new Dictionary<string, int> { ["runner"] = 1, ["console"] = 2 });

        Assert.Equal("http://127.0.0.1:1", ProcessEnvironment.Of(graph, graph["console"], layout)["services__runner__http__0"]);
        Assert.Equal([("console", "runner")], ProcessEnvironment.Tokens(graph));
        Assert.Equal([["runner"], ["console"]], StartOrder.Of(graph).Select(wave => wave.Select(component => component.Name).ToArray()));
        Assert.False(graph["console"].RunsInCluster);
        Assert.Equal(new Uri("http://127.0.0.1:2"), layout.Console);
    }

    [Fact]
    public void Without_TakesTheComponentAndItsEdges()
    {
        var graph = Sample().Without("proxy");

        Assert.DoesNotContain(graph.Components, component => component.Name == "proxy");
        Assert.DoesNotContain(graph.Edges, edge => edge.From == "proxy" || edge.To == "proxy");
        Assert.Contains(graph.Components, component => component.Name == "runner");
    }

    [Fact]
    public void Edge_AgainstTheTrustBoundary_IsRefused()
    {
        var graph = new GraphBuilder("g");
        var gate = graph.AddGate("gate", "Gate", "", 80);
        var agent = graph.AddSandbox("agent", "Agent", "");

        Assert.Throws<InvalidOperationException>(() => agent.Controls(gate));
        Assert.Throws<InvalidOperationException>(() => gate.Relays(gate));
        Assert.Throws<InvalidOperationException>(() => gate.Asks(gate));
    }

    [Fact]
    public void Relay_ToAGateWithoutAPort_IsRefused()
    {
        var graph = new GraphBuilder("g");
        var broker = graph.AddGate("broker", "Broker", "");

        Assert.Throws<InvalidOperationException>(() => graph.AddSandbox("agent", "Agent", "").Relays(broker));
    }

    [Fact]
    public void Name_DeclaredTwice_IsRefused()
    {
        var graph = new GraphBuilder("g");
        graph.AddGate("gate", "Gate", "");

        Assert.Throws<InvalidOperationException>(() => graph.AddRunner("gate", "Gate", ""));
    }

    [Fact]
    public void Diagram_DrawsTheSandboxAsABox()
    {
        var diagram = MermaidDiagram.Write(Sample());

        Assert.Contains("subgraph sandbox", diagram, StringComparison.Ordinal);
        Assert.Contains("agent -- 127.0.0.1:8081 --> files", diagram, StringComparison.Ordinal);
    }

    private static Graph Sample()
    {
        var graph = new GraphBuilder("sample");
        var broker = graph.AddGate("broker", "Broker", "secrets");
        var files = graph.AddGate("files", "Files", "files", 8081);
        var proxy = graph.AddGate("proxy", "Proxy", "egress", 3128).Calls(broker);
        var agent = graph.AddSandbox("agent", "Agent", "untrusted").Relays(files, proxy);
        graph.AddRunner("runner", "Runner", "sessions").Controls(broker, files, proxy).Starts(agent);
        return graph.Build();
    }
}

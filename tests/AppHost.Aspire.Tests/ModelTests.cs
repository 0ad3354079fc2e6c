using Aspire.Hosting.ApplicationModel;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Aspire.Tests;

/// <summary>The model has what the graph has: nothing is lost between the two hosts.</summary>
public sealed class ModelTests
{
    private static readonly Graph Graph = DevServer.Build();

    [Fact]
    public async Task EveryComponent_IsAResourceUnderTheServer_WithAnIcon()
    {
        await using var model = AspireModel.OfHost();

        Assert.All(Graph.Components, component =>
        {
            var resource = model[component.Name];
            Assert.Equal(component.IsProcess, resource is ProjectResource);
            Assert.Same(model.Server, Related(resource, "Parent").Single());
            Assert.False(string.IsNullOrEmpty(Assert.Single(resource.Annotations.OfType<ResourceIconAnnotation>()).IconName));
        });
    }

    [Fact]
    public async Task Program_ServesThisModel()
    {
        await using var program = await AspireModel.OfProgramAsync();
        await using var model = AspireModel.OfHost();

        Assert.Equal(Names(model), Names(program));

        // What the testing library and the run mode add of their own are no resources of the graph.
        static IEnumerable<string> Names(AspireModel model) =>
            model.Resources.Select(resource => resource.Name).Where(name => !name.EndsWith("-rebuilder", StringComparison.Ordinal) && name != "aspire-dashboard").Order();
    }

    [Fact]
    public async Task EveryEdge_IsARelationship_AndTheModelHasNoOther()
    {
        await using var model = AspireModel.OfHost();
        var kinds = Enum.GetNames<EdgeKind>();

        var drawn = from component in Graph.Components
                    from relation in model[component.Name].Annotations.OfType<ResourceRelationshipAnnotation>()
                    where kinds.Contains(relation.Type)
                    select (component.Name, relation.Resource.Name, relation.Type);

        Assert.Equal(Graph.Edges.Select(edge => (edge.From, edge.To, edge.Kind.ToString())).Order(), drawn.Order());
    }

    [Fact]
    public async Task EveryProcess_WaitsForItsCallees_InTheOrderOfTheGraph()
    {
        await using var model = AspireModel.OfHost();

        var started = new HashSet<string>();
        foreach (var wave in StartOrder.Of(Graph))
        {
            Assert.All(wave, component => Assert.Subset(started, Waits(model[component.Name])));
            started.UnionWith(wave.Select(component => component.Name));
        }

        Assert.All(Graph.Processes, component => Assert.Equal(
            Graph.Edges.Where(edge => edge.From == component.Name && edge.IsBetweenProcesses).Select(edge => edge.To).ToHashSet(), Waits(model[component.Name])));
    }

    [Fact]
    public async Task EveryProcess_HasAHealthCheck_AndOneEndpointOnLoopback()
    {
        await using var model = AspireModel.OfHost();

        Assert.All(Graph.Processes, component =>
        {
            Assert.Single(model[component.Name].Annotations.OfType<HealthCheckAnnotation>());
            var endpoint = Assert.Single(model[component.Name].Annotations.OfType<EndpointAnnotation>());
            Assert.Equal(("http", "127.0.0.1", false, model.Server.Layout.Ports[component.Name]), (endpoint.UriScheme, endpoint.TargetHost, endpoint.IsProxied, endpoint.Port));
        });
    }

    [Fact]
    public async Task Runner_HasTheOperatorsCommands_WhichWaitForItsHealth()
    {
        await using var model = AspireModel.OfHost();

        var commands = model[ComponentNames.AgentRunner].Annotations.OfType<ResourceCommandAnnotation>().ToDictionary(command => command.Name);

        Assert.Equal(["Freeze all", "Prove", "Run sample task"], new[] { "freeze-all", "prove", "run-sample" }.Select(name => commands[name].DisplayName));
    }

    [Fact]
    public async Task Console_HasTheCommandThatOpensIt()
    {
        await using var model = AspireModel.OfHost();

        Assert.Equal(["Open console"], model[ComponentNames.Console].Annotations.OfType<ResourceCommandAnnotation>().Where(command => command.Name == "open-console").Select(command => command.DisplayName));
    }

    [Fact]
    public async Task Building_TouchesNoDirectory()
    {
        await using var model = AspireModel.OfHost();

        Assert.False(Directory.Exists(model.Data));
        Assert.False(Directory.Exists(model.Server.Layout.RunDirectory));
    }

    private static HashSet<string> Waits(IResource resource) => [.. resource.Annotations.OfType<WaitAnnotation>().Select(wait => wait.Resource.Name)];

    private static IEnumerable<IResource> Related(IResource resource, string type) =>
        resource.Annotations.OfType<ResourceRelationshipAnnotation>().Where(relation => relation.Type == type).Select(relation => relation.Resource);
}

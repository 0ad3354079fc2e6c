using System.Collections.Immutable;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecureAgent.Hosting.Server;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Aspire;

/// <summary>The graph as Aspire resources: components to projects and nodes, edges to references, waits and relationships.</summary>
internal static class GraphMapping
{
    public const string Endpoint = "http";

    public static void Map(IResourceBuilder<SecureAgentResource> server, Func<string, string, IResourceBuilder<ProjectResource>> project)
    {
        var graph = server.Resource.Graph;
        var nodes = new Dictionary<string, IResourceBuilder<IResource>>(StringComparer.Ordinal);
        foreach (var component in graph.Components)
        {
            nodes[component.Name] = component.IsProcess ? Process(server, component, project(component.Name, component.Project!)) : Node(server, component);
        }

        foreach (var edge in graph.Edges)
        {
            Connect(server.Resource, nodes, edge);
        }
    }

    private static IResourceBuilder<ProjectResource> Process(IResourceBuilder<SecureAgentResource> server, Component component, IResourceBuilder<ProjectResource> process)
    {
        server.Resource.Processes[component.Name] = process;
        var key = $"{server.Resource.Name}-{component.Name}";
        process.ApplicationBuilder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            key,
            services => new ComponentHealth(new HealthProbe(server.Resource.Layout.RunDirectory, services.GetRequiredService<TimeProvider>()), component.Name),
            failureStatus: null,
            tags: null));
        return process
            .WithParentRelationship(server)
            .WithIconName(Icons.Of(component))
            .WithHttpEndpoint(server.Resource.Layout.Ports[component.Name], name: Endpoint, isProxied: false)
            .WithEndpoint(Endpoint, endpoint => endpoint.TargetHost = "127.0.0.1")
            .WithUrlForEndpoint(Endpoint, url => url.DisplayText = component.Role == ComponentRole.Console ? "operator's page" : "gates only")
            .WithHealthCheck(key)
            .WithEnvironment(context => ComponentEnvironment.Write(server.Resource, component, context.EnvironmentVariables));
    }

    private static IResourceBuilder<GraphNodeResource> Node(IResourceBuilder<SecureAgentResource> server, Component component) =>
        server.ApplicationBuilder.AddResource(new GraphNodeResource(component.Name))
            .WithParentRelationship(server)
            .WithIconName(Icons.Of(component))
            .ExcludeFromManifest()
            .WithInitialState(new CustomResourceSnapshot
            {
                ResourceType = component.Role.ToString(),
                State = new ResourceStateSnapshot(component.Role == ComponentRole.Sandbox ? "One for each session" : "Outside", KnownResourceStateStyles.Info),
                Properties = ImmutableArray.Create(new ResourcePropertySnapshot("purpose", component.Purpose)),
            });

    private static void Connect(SecureAgentResource server, Dictionary<string, IResourceBuilder<IResource>> nodes, Edge edge)
    {
        var target = nodes[edge.To];
        nodes[edge.From].WithRelationship(target.Resource, edge.Kind.ToString());
        if (edge.IsBetweenProcesses)
        {
            server.Processes[edge.From].WithReference(server.Processes[edge.To]).WaitFor(server.Processes[edge.To]);
        }
    }
}

using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using SecureAgent.AppHost;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Aspire;
using SecureAgent.Hosting.Aspire.Publishing;
using SecureAgent.Hosting.Server;
using SecureAgent.Kubernetes;
using SecureAgent.ServiceDefaults.Hosting;
using HostOptions = SecureAgent.Hosting.Server.HostOptions;

namespace Aspire.Hosting;

/// <summary>Adds a SecureAgent dev server to an Aspire application.</summary>
public static class SecureAgentBuilderExtensions
{
    /// <summary>Adds the runner and its gates, started in the order of their calls, under one parent resource.</summary>
    /// <param name="name">Name of the parent resource, e.g. <c>secure-agent</c>.</param>
    /// <param name="source">Directory of the SecureAgent sources, built with <c>dotnet build SecureAgent.sln</c>.</param>
    /// <param name="dataDirectory">Durable state: audit log, secrets, change sets. One server a directory. Default: the CLI's own, so that it finds this server without <c>--data</c>.</param>
    /// <exception cref="DistributedApplicationException"><paramref name="source"/> holds no SecureAgent.</exception>
    public static IResourceBuilder<SecureAgentResource> AddSecureAgent(this IDistributedApplicationBuilder builder, string name, string source, string? dataDirectory = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(source);
        var root = Path.GetFullPath(source, builder.AppHostDirectory);
        if (!File.Exists(Path.Combine(root, "SecureAgent.sln")))
        {
            throw new DistributedApplicationException($"source '{root}' holds no SecureAgent.sln; give the directory of the SecureAgent sources");
        }

        var options = new HostOptions { DataDirectory = dataDirectory ?? DataDirectory.Default(), Programs = new ProgramFiles(Path.Combine(root, "artifacts", "bin", "AppHost", "debug")) };
        return builder.AddSecureAgent(name, options, (component, project) => builder.AddProject(component, Path.Combine(root, project, $"{project}.csproj")));
    }

    /// <summary>The folder that the dashboard's sample task works on.</summary>
    public static IResourceBuilder<SecureAgentResource> WithWorkspace(this IResourceBuilder<SecureAgentResource> builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        builder.Resource.Workspace = Path.GetFullPath(path, builder.ApplicationBuilder.AppHostDirectory);
        return builder;
    }

    /// <summary>The policy that sessions use by default. Without it: the shipped <c>policies/default.yaml</c>.</summary>
    public static IResourceBuilder<SecureAgentResource> WithPolicy(this IResourceBuilder<SecureAgentResource> builder, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(path);
        builder.Resource.Options = builder.Resource.Options with { PolicyFile = Path.GetFullPath(path, builder.ApplicationBuilder.AppHostDirectory) };
        return builder;
    }

    /// <summary>Lets every profile reach one more host: judged by name, pinned to the judged address, recorded.</summary>
    /// <param name="host">A name, or <c>*.</c> and a name.</param>
    /// <param name="inject">Name of a secret of the policy that is added to its requests outside the sandbox.</param>
    /// <param name="ports">Default: 443.</param>
    public static IResourceBuilder<SecureAgentResource> WithEgress(this IResourceBuilder<SecureAgentResource> builder, string host, string? inject = null, params int[] ports)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(host);
        builder.Resource.Draft.Allow(host, ports is { Length: > 0 } ? ports : [443], inject);
        return builder;
    }

    /// <summary>Lays decoys in every profile; touching one freezes the session and revokes its leases.</summary>
    /// <param name="planes">Of <c>files</c>, <c>hosts</c> and <c>secrets</c>. Default: files.</param>
    public static IResourceBuilder<SecureAgentResource> WithHoneypots(this IResourceBuilder<SecureAgentResource> builder, params string[] planes)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Draft.LayHoneypots(planes is { Length: > 0 } ? planes : ["files"]);
        return builder;
    }

    /// <summary>Keeps the secrets in a development server of Vault, in a container: set up for the policy at every start, empty after it. Without a store: the embedded one.</summary>
    public static IResourceBuilder<SecureAgentResource> WithVault(this IResourceBuilder<SecureAgentResource> builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            VaultMapping.AddContainer(builder);
        }

        return builder;
    }

    /// <summary>Keeps the secrets in a Vault or OpenBao that runs already.</summary>
    /// <param name="address">https, or http on this machine.</param>
    /// <param name="roleId">Of an AppRole with the rights that <c>secure-agent vault policy</c> prints.</param>
    /// <param name="secretId">A secret parameter. It is given to the broker in a file of mode 600.</param>
    public static IResourceBuilder<SecureAgentResource> WithVault(
        this IResourceBuilder<SecureAgentResource> builder, Uri address, IResourceBuilder<ParameterResource> roleId, IResourceBuilder<ParameterResource> secretId)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(roleId);
        ArgumentNullException.ThrowIfNull(secretId);
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            VaultMapping.Use(builder, address, roleId, secretId);
        }

        return builder;
    }

    /// <summary>Answers the sessions' model calls from an OpenAI-compatible server of this application, such as Ollama. Without it: the offline model.</summary>
    /// <param name="model">The server.</param>
    /// <param name="endpoint">Its endpoint's name.</param>
    /// <param name="path">Where its API begins.</param>
    public static IResourceBuilder<SecureAgentResource> WithReference(
        this IResourceBuilder<SecureAgentResource> builder, IResourceBuilder<IResourceWithEndpoints> model, string endpoint = "http", string path = "/v1")
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(model);
        if (builder.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            builder.Resource.Late.Add((ComponentNames.InferenceGateway, "SECUREAGENT_INFERENCE_UPSTREAM", ReferenceExpression.Create($"{model.GetEndpoint(endpoint)}{path}")));
            builder.Resource.Processes[ComponentNames.InferenceGateway].WaitFor(model).WithReferenceRelationship(model);
        }

        return builder;
    }

    /// <summary>What <c>aspire publish</c> writes the chart for. The cluster's broker reads Vault with its pod's own token, whatever the AppHost runs here.</summary>
    /// <param name="registry">Where images come from; admission lets in no other. The same in <c>values.yaml</c>, an image a program.</param>
    /// <param name="isolation">The kernel boundary of an agent's pod.</param>
    public static IResourceBuilder<SecureAgentResource> WithKubernetes(
        this IResourceBuilder<SecureAgentResource> builder, string registry = "registry.example.com", Isolation isolation = Isolation.Kata)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(registry);
        var chart = builder.Resource.Chart;
        builder.Resource.Chart = chart with { Registry = registry, Options = chart.Options with { Isolation = isolation } };
        return builder;
    }

    internal static IResourceBuilder<SecureAgentResource> AddSecureAgent(
        this IDistributedApplicationBuilder builder, string name, HostOptions options, Func<string, string, IResourceBuilder<ProjectResource>> project)
    {
        var resource = new SecureAgentResource(name, options.GraphOf(DevServer.Build()), options);
        var server = builder.AddResource(resource).WithIconName(Icons.Server).ExcludeFromManifest()
            .WithInitialState(ServerState.Of(KnownResourceStates.Starting));
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddKeyedSingleton(name, (services, _) =>
            new ServerLifetime(resource, services.GetRequiredService<IHostApplicationLifetime>(), services.GetRequiredService<TimeProvider>()));
        if (builder.ExecutionContext.IsPublishMode)
        {
            ChartPublishing.Add(server);
            return server;
        }

        GraphMapping.Map(server, project);
        ServerLifetime.Attach(server, resource.Processes[ComponentNames.AgentRunner]);
        OperatorCommands.Add(server);
        return server;
    }
}

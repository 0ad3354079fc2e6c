using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;
using HostOptions = SecureAgent.Hosting.Server.HostOptions;

namespace SecureAgent.AppHost.Aspire;

/// <summary>The graph as an Aspire application, for serving and for <c>aspire publish</c>.</summary>
internal static class AspireHost
{
    /// <summary>Ollama beside the gateway: set <c>SecureAgent__Ollama=true</c>.</summary>
    private const string OllamaKey = "SecureAgent:Ollama";

    /// <summary>Aspire's own arguments come first, as <c>aspire publish</c> gives them; everything else is the host's command line.</summary>
    public static bool IsOfAspire(IReadOnlyList<string> args) => args.Contains("--operation");

    /// <param name="args">Of Aspire.</param>
    /// <param name="options">Null for the defaults.</param>
    public static async Task<int> RunAsync(string[] args, HostOptions? options, CancellationToken cancellationToken)
    {
        await using var application = Build(args, options ?? new HostOptions { DataDirectory = DataDirectory.Default() });
        if (!IsOfAspire(args))
        {
            await application.RunAsync(cancellationToken);
            return Environment.ExitCode;
        }

        // A publish that fails ends the host like one that succeeds, and leaves its failure with the service that ran it. Not asked for when serving: the
        // orchestrator takes the model as it is when it is made, and the dashboard is added after that.
        var work = application.Services.GetServices<IHostedService>().OfType<BackgroundService>().ToList();
        await application.RunAsync(cancellationToken);
        return work.Any(service => service.ExecuteTask is { IsFaulted: true }) ? 1 : Environment.ExitCode;
    }

    public static DistributedApplication Build(string[] args, HostOptions options) => Compose(DistributedApplication.CreateBuilder(args), options).Build();

    public static IDistributedApplicationBuilder Compose(IDistributedApplicationBuilder builder, HostOptions options)
    {
        builder.AddKubernetesEnvironment("k8s").WithProperties(kubernetes => (kubernetes.HelmChartName, kubernetes.HelmChartDescription) = ("secure-agent", "Runs untrusted agents in sandboxes, behind gates for files, network, models and secrets."));
        var secureAgent = builder.AddSecureAgent("secure-agent", options, (name, _) => Project(builder, name))
            .WithWorkspace(Path.Combine(builder.AppHostDirectory, "..", "samples", "notes"));
        if (options.DevVault)
        {
            secureAgent.WithVault();
        }

        if (options.ModelUrl is null && bool.TryParse(builder.Configuration[OllamaKey], out var isAsked) && isAsked)
        {
            secureAgent.WithReference(builder.AddContainer("ollama", "ollama/ollama", "0.12.6")
                .WithHttpEndpoint(targetPort: 11434, name: "http")
                .WithVolume("ollama-models", "/root/.ollama")
                .WithIconName("BrainCircuit"));
        }

        return builder;
    }

    private static IResourceBuilder<ProjectResource> Project(IDistributedApplicationBuilder builder, string name) => name switch
    {
        ComponentNames.AgentRunner => builder.AddProject<Projects.AgentRunner>(name),
        ComponentNames.Console => builder.AddProject<Projects.Console>(name),
        ComponentNames.FileGate => builder.AddProject<Projects.FileGate>(name),
        ComponentNames.EgressProxy => builder.AddProject<Projects.EgressProxy>(name),
        ComponentNames.SecretBroker => builder.AddProject<Projects.SecretBroker>(name),
        ComponentNames.InferenceGateway => builder.AddProject<Projects.InferenceGateway>(name),
        _ => throw new InvalidOperationException($"the graph has a process '{name}' that this host does not know; reference its project and add it here"),
    };
}

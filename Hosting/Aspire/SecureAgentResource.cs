using Aspire.Hosting.ApplicationModel;
using SecureAgent.Hosting.Aspire;
using SecureAgent.Hosting.Aspire.Publishing;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults;
using SecureAgent.Topology;

namespace Aspire.Hosting;

/// <summary>A SecureAgent dev server: the parent of its gates, of the runner and of what they reach.</summary>
public sealed class SecureAgentResource : Resource
{
    internal SecureAgentResource(string name, Graph graph, HostOptions options)
        : base(name)
    {
        (Graph, Options) = (graph, options);
        Layout = new ServerLayout(options.DataDirectory, HostDirectories.RunDirectoryOf(options.DataDirectory), Identifiers.New("b"), ServerPorts.Allocate(graph, options.Ports));
    }

    internal Graph Graph { get; }

    internal HostOptions Options { get; set; }

    internal ServerLayout Layout { get; }

    /// <summary>What was asked for in code, on top of the policy file.</summary>
    internal PolicyDraft Draft { get; } = new();

    internal ChartSettings Chart { get; set; } = new();

    /// <summary>Folder that <c>Run sample task</c> works on.</summary>
    internal string Workspace { get; set; } = "";

    /// <summary>Variables of a component that are known only when it starts, such as the address of a store beside it.</summary>
    internal List<(string Component, string Name, object Value)> Late { get; } = [];

    /// <summary>What is done once the directories are there, before anything starts.</summary>
    internal List<Func<CancellationToken, Task>> BeforeStart { get; } = [];

    /// <summary>The builders of the components, by name.</summary>
    internal Dictionary<string, IResourceBuilder<ProjectResource>> Processes { get; } = new(StringComparer.Ordinal);

    /// <summary>The operator's file, or the copy of it that holds the changes.</summary>
    internal string PolicyFile => Draft.IsEmpty ? SourcePolicy : Path.Combine(Layout.DataDirectory, "apphost-policy.yaml");

    internal string SourcePolicy => Options.PolicyFile ?? Options.Programs.DefaultPolicy;
}

using SecureAgent.Contracts;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Server;

/// <summary>What the operator asked of the host.</summary>
internal sealed record HostOptions
{
    public const int LargestPool = 64;

    public required string DataDirectory { get; init; }

    /// <summary>Where the components' programs are.</summary>
    public ProgramFiles Programs { get; init; } = ProgramFiles.OfThisHost;

    /// <summary>Null for the shipped default.</summary>
    public string? PolicyFile { get; init; }

    public IReadOnlyDictionary<string, int> Ports { get; init; } = new Dictionary<string, int>();

    /// <summary>Null for the offline model.</summary>
    public Uri? ModelUrl { get; init; }

    public string? ModelSecret { get; init; }

    /// <summary>Start a development store of secrets beside the graph.</summary>
    public bool DevVault { get; init; }

    public IReadOnlyList<string> AllowDegraded { get; init; } = [];

    /// <summary>Sandboxes kept ready.</summary>
    public int Pool { get; init; }

    /// <summary>Serve the operator's web page.</summary>
    public bool Console { get; init; } = true;

    /// <summary>The part of the graph that this host runs.</summary>
    public Graph GraphOf(Graph graph) => Console ? graph : graph.Without(ComponentNames.Console);
}

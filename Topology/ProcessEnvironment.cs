using System.Globalization;
using SecureAgent.Contracts;

namespace SecureAgent.Topology;

/// <summary>What each process is told, derived from its edges: the same names Aspire and a pod would give it.</summary>
public static class ProcessEnvironment
{
    /// <summary>Environment of one process, sorted by name.</summary>
    public static IReadOnlyDictionary<string, string> Of(Graph graph, Component component, ServerLayout layout)
    {
        var variables = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            [HostEnvironment.DataDirectory] = layout.DataDirectory,
            [HostEnvironment.RunDirectory] = layout.RunDirectory,
            [HostEnvironment.Boot] = layout.Boot,
            [HostEnvironment.TokenKeyFile] = layout.TokenKeyFile,
            [HostEnvironment.TokenDirectory] = layout.TokenDirectory(component.Name),
            ["ASPNETCORE_URLS"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{layout.Ports[component.Name]}"),
            ["OTEL_SERVICE_NAME"] = component.Name,
        };
        foreach (var edge in graph.Edges.Where(edge => edge.From == component.Name && edge.IsBetweenProcesses))
        {
            variables[$"services__{edge.To}__http__0"] = layout.Address(edge.To).GetLeftPart(UriPartial.Authority);
        }

        return variables;
    }

    /// <summary>Who needs a service token for whom.</summary>
    public static IReadOnlyList<(string Caller, string Audience)> Tokens(Graph graph) =>
        [.. graph.Edges.Where(edge => edge.IsProvenByToken).Select(edge => (edge.From, edge.To))];
}

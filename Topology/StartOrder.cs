namespace SecureAgent.Topology;

/// <summary>Which processes can start together, callees before callers.</summary>
public static class StartOrder
{
    /// <summary>Waves in order; within a wave no process waits for another. Throws when edges form a cycle.</summary>
    public static IReadOnlyList<IReadOnlyList<Component>> Of(Graph graph)
    {
        var waves = new List<IReadOnlyList<Component>>();
        var started = new HashSet<string>(StringComparer.Ordinal);
        var waiting = graph.Processes.ToList();
        while (waiting.Count > 0)
        {
            var wave = waiting.Where(component => DependenciesOf(graph, component).All(started.Contains)).ToList();
            if (wave.Count == 0)
            {
                throw new InvalidOperationException($"these processes wait for each other: {string.Join(", ", waiting.Select(component => component.Name))}");
            }

            waves.Add(wave);
            started.UnionWith(wave.Select(component => component.Name));
            waiting.RemoveAll(wave.Contains);
        }

        return waves;
    }

    private static IEnumerable<string> DependenciesOf(Graph graph, Component component) =>
        graph.Edges.Where(edge => edge.From == component.Name && edge.IsBetweenProcesses).Select(edge => edge.To);
}

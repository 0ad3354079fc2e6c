using System.Globalization;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Commands;

/// <summary>Reads <c>--port NAME=PORT</c>.</summary>
internal static class PortOption
{
    public static IReadOnlyDictionary<string, int> Parse(IEnumerable<string> values, Graph graph)
    {
        var ports = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var value in values)
        {
            var parts = value.Split('=', 2);
            if (parts.Length != 2 || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1024 or > 65535)
            {
                throw new StartupException($"--port '{value}': write NAME=PORT with a port from 1024 to 65535, e.g. --port secret-broker=7001");
            }

            if (graph.Processes.All(component => component.Name != parts[0]))
            {
                throw new StartupException($"--port '{value}': '{parts[0]}' is not a process; choose one of {string.Join(", ", graph.Processes.Select(component => component.Name))}");
            }

            ports[parts[0]] = port;
        }

        return ports;
    }
}

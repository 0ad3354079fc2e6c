using System.Net;
using System.Net.Sockets;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Server;

/// <summary>Gives every process a loopback port before any starts, so that each can be told the others' addresses.</summary>
internal static class ServerPorts
{
    /// <summary>Fixed ports as asked; the rest chosen by the operating system, all held open until the last is known so that no two are equal.</summary>
    /// <param name="besides">Names of what the host starts besides the graph.</param>
    public static IReadOnlyDictionary<string, int> Allocate(Graph graph, IReadOnlyDictionary<string, int> fixedPorts, params IReadOnlyList<string> besides)
    {
        var ports = new Dictionary<string, int>(fixedPorts, StringComparer.Ordinal);
        var held = new List<Socket>();
        try
        {
            foreach (var name in graph.Processes.Select(component => component.Name).Concat(besides).Where(name => !ports.ContainsKey(name)))
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                held.Add(socket);
                socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
                ports[name] = ((IPEndPoint)socket.LocalEndPoint!).Port;
            }

            return ports;
        }
        finally
        {
            held.ForEach(socket => socket.Dispose());
        }
    }
}

using System.Text;

namespace SecureAgent.Topology;

/// <summary>The graph as a Mermaid flowchart: the trust boundary is the box around the sandbox.</summary>
public static class MermaidDiagram
{
    public static string Write(Graph graph)
    {
        var text = new StringBuilder("flowchart LR\n");
        foreach (var component in graph.Components.Where(component => component.Role != ComponentRole.Sandbox))
        {
            text.Append("  ").Append(Node(component)).Append('\n');
        }

        text.Append("  subgraph sandbox [\"sandbox (untrusted)\"]\n");
        foreach (var component in graph.Components.Where(component => component.Role == ComponentRole.Sandbox))
        {
            text.Append("    ").Append(Node(component)).Append('\n');
        }

        text.Append("  end\n");
        foreach (var edge in graph.Edges)
        {
            text.Append("  ").Append(edge.From).Append(" -- ").Append(Label(graph, edge)).Append(" --> ").Append(edge.To).Append('\n');
        }

        return text.ToString();
    }

    private static string Node(Component component)
    {
        var label = $"\"{component.Name}<br/>{component.Purpose}\"";
        return component.Role switch
        {
            ComponentRole.Operator => $"{component.Name}([{label}])",
            ComponentRole.External => $"{component.Name}[({label})]",
            ComponentRole.Sandbox => $"{component.Name}{{{{{label}}}}}",
            _ => $"{component.Name}[{label}]",
        };
    }

    private static string Label(Graph graph, Edge edge) => edge.Kind switch
    {
        EdgeKind.Operates => "operates",
        EdgeKind.Visits => "by browser, after a login",
        EdgeKind.Asks => "on the operator's word",
        EdgeKind.Controls => "opens and closes sessions",
        EdgeKind.Calls => "draws leases",
        EdgeKind.Starts => "starts",
        EdgeKind.Relays => $"127.0.0.1:{graph[edge.To].SandboxPort}",
        EdgeKind.Reaches => "judged and recorded",
        _ => throw new InvalidOperationException($"edge kind {edge.Kind} has no label"),
    };
}

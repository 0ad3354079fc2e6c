using Aspire.Hosting;
using SecureAgent.Hosting.Server;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Aspire;

/// <summary>
/// The standalone host's environment of a component, less what Aspire gives itself: addresses of the component and of its callees, and the name in traces.
/// </summary>
internal static class ComponentEnvironment
{
    public static void Write(SecureAgentResource server, Component component, IDictionary<string, object> variables)
    {
        var options = server.Options with { PolicyFile = server.PolicyFile };
        foreach (var (name, value) in HostEnvironmentBuilder.Unchecked(options).For(server.Graph, component, server.Layout, new Dictionary<string, string>()).Where(pair => !IsOfAspire(pair.Key)))
        {
            variables[name] = value;
        }

        foreach (var (_, name, value) in server.Late.Where(late => late.Component == component.Name))
        {
            variables[name] = value;
        }
    }

    /// <summary>Given by endpoints, references and the OTLP exporter.</summary>
    public static bool IsOfAspire(string name) =>
        name is "ASPNETCORE_URLS" or "OTEL_SERVICE_NAME" || name.StartsWith("services__", StringComparison.Ordinal);
}

using SecureAgent.Contracts;
using SecureAgent.Topology;

namespace SecureAgent.AppHost;

/// <summary>The one graph. Every host, manifest and diagram is derived from it.</summary>
internal static class DevServer
{
    public static Graph Build()
    {
        var graph = new GraphBuilder("secure-agent");

        var workspace = graph.AddExternal("workspace", "folders of this machine");
        var hosts = graph.AddExternal("allowed-hosts", "what the policy names");
        var model = graph.AddExternal("model", "offline, or any OpenAI-compatible server");
        var store = graph.AddExternal("secret-store", "embedded and encrypted");

        var secrets = graph.AddGate(ComponentNames.SecretBroker, "SecretBroker", "leases credentials to gates")
            .Reaches(store);
        var files = graph.AddGate(ComponentNames.FileGate, "FileGate", "reads by handle, with a receipt", SandboxPorts.FileGate)
            .Reaches(workspace);
        var egress = graph.AddGate(ComponentNames.EgressProxy, "EgressProxy", "allow-listed way out", SandboxPorts.EgressProxy)
            .Calls(secrets)
            .Reaches(hosts);
        var inference = graph.AddGate(ComponentNames.InferenceGateway, "InferenceGateway", "one route for model calls", SandboxPorts.Inference)
            .Calls(secrets)
            .Reaches(model);

        var agent = graph.AddSandbox(ComponentNames.DesktopAgent, "DesktopAgent", "the built-in agent, or any command")
            .Relays(files, egress, inference);
        var runner = graph.AddRunner(ComponentNames.AgentRunner, "AgentRunner", "sessions in sandboxes")
            .Controls(secrets, files, egress, inference)
            .Starts(agent);
        var console = graph.AddConsole(ComponentNames.Console, "Console", "sessions, approvals, audit in a browser")
            .Asks(runner);
        graph.AddOperator("operator", "Cli", "secure-agent")
            .Operates(runner)
            .Visits(console);

        return graph.Build();
    }
}

using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Detection;

/// <summary>Rules for Falco. A file for Falco's own configuration (Helm: <c>customRules</c>), not an object of the cluster.</summary>
internal static class Falco
{
    private const string Where = "container and k8s.ns.name = \"" + Names.SessionNamespace + "\"";

    public static string Rules() => YamlWriter.Write([new JsonArray(
        new JsonObject { ["macro"] = "secure_agent_pod", ["condition"] = Where },
        Rule("Program of a sidecar started by exec", "spawned_process and secure_agent_pod and k8s.container.name in (file-gate, relay) and proc.pname in (runc, containerd-shim)", "a process was put into a trusted sidecar", "CRITICAL"),
        Rule("Shell in an agent pod by exec", "spawned_process and secure_agent_pod and proc.is_exec_from_kubectl = true", "somebody entered an agent's pod", "CRITICAL"),
        Rule("Sensitive read in an agent pod", "open_read and secure_agent_pod and (fd.name startswith /etc/shadow or fd.name startswith /root/.ssh or fd.name startswith /var/run/secrets/kubernetes.io or fd.name startswith /proc/1/environ)", "a credential file was read", "WARNING"),
        Rule("Namespace change in an agent pod", "evt.type in (setns, unshare, mount, ptrace, bpf) and secure_agent_pod", "a process tried to change its namespaces or look into another", "CRITICAL"),
        Rule("Agent pod reaches past its relay", "outbound and secure_agent_pod and k8s.container.name = \"agent\" and not fd.sip in (\"127.0.0.1\", \"::1\")", "a connection that did not go through the relay", "WARNING"))]);

    private static JsonObject Rule(string name, string condition, string what, string priority) => new()
    {
        ["rule"] = name,
        ["desc"] = what,
        ["condition"] = condition,
        ["output"] = $"{what} (pod=%k8s.pod.name container=%k8s.container.name process=%proc.cmdline file=%fd.name)",
        ["priority"] = priority,
        ["tags"] = new JsonArray("secure-agent"),
    };
}

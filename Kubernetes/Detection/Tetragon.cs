using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Detection;

/// <summary>
/// Kernel events of agents' pods for Tetragon: reads of credentials are killed, namespace tricks and raw sockets are killed, starts of
/// programs are told by Tetragon itself. Under Kata the guest has its own kernel, which a host's sensor does not see.
/// </summary>
internal static class Tetragon
{
    private static readonly string[] Sensitive = ["/etc/shadow", "/root/.ssh", "/var/run/secrets/kubernetes.io", "/run/containerd", "/var/run/docker.sock", "/proc/1/environ", "/proc/kcore", "/sys/kernel"];

    private static readonly object Kill = new[] { new { Action = "Sigkill" } };

    public static IEnumerable<object> All() =>
    [
        Policy("agent-sensitive-reads", new
        {
            Call = "security_file_permission",
            Syscall = false,
            Return = false,
            Args = new object[] { new { Index = 0, Type = "file" }, new { Index = 1, Type = "int" } },
            Selectors = new[] { new { MatchArgs = new object[] { new { Index = 0, Operator = "Prefix", Values = Sensitive } }, MatchActions = Kill } },
        }),
        Policy("agent-namespaces", Syscall("sys_setns"), Syscall("sys_unshare"), Syscall("sys_mount"), Syscall("sys_ptrace"), Syscall("sys_bpf")),
    ];

    private static object Syscall(string call) => new { Call = call, Syscall = true, Selectors = new[] { new { MatchActions = Kill } } };

    private static CustomObject Policy(string name, params object[] kprobes) =>
        CustomObject.Of("cilium.io/v1alpha1", "TracingPolicyNamespaced", Meta.Sessions(name), new
        {
            PodSelector = new { MatchLabels = Meta.Selector(Names.Session, "sandbox") },
            Kprobes = kprobes,
        });
}

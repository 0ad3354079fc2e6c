using System.Globalization;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>The untrusted container: no token, no workspace, no policy, no certificate.</summary>
internal static class AgentContainer
{
    private const string Home = "/home/agent";

    public static V1Container Of(Plan plan)
    {
        var sandbox = plan.Profile.Sandbox;
        var cpu = string.Create(CultureInfo.InvariantCulture, $"{(int)Math.Ceiling(sandbox.Cpu * 1000)}m");
        var memory = string.Create(CultureInfo.InvariantCulture, $"{sandbox.MemoryBytes / (1 << 20)}Mi");
        return new V1Container
        {
            Name = "agent",
            Image = Names.Image(ComponentNames.DesktopAgent),
            ImagePullPolicy = "IfNotPresent",
            Env = [.. Environment(), new V1EnvVar { Name = "SECUREAGENT_SESSION", ValueFrom = SessionName() }],
            Resources = Hardening.Resources(cpu, memory, cpu, memory, Size(plan, 2)),
            SecurityContext = Hardening.Container(),
            VolumeMounts = [Objects.Volumes.Mount("home", Home, readOnly: false), Objects.Volumes.Mount("tmp", "/tmp", readOnly: false)],
            WorkingDir = Home,
        };
    }

    public static IEnumerable<V1Volume> Volumes(Plan plan) => [Objects.Volumes.Scratch("home", Size(plan, 1)), Objects.Volumes.Scratch("tmp", Size(plan, 1))];

    /// <summary>The session is the pod: its name is what audit records and gates know it by.</summary>
    public static V1EnvVarSource SessionName() => new() { FieldRef = new V1ObjectFieldSelector { ApiVersion = "v1", FieldPath = "metadata.name" } };

    /// <summary>The laptop's names and ports, so that an agent cannot tell and need not care where it runs.</summary>
    public static IEnumerable<V1EnvVar> Environment()
    {
        var proxy = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.EgressProxy}");
        const string noProxy = "127.0.0.1,localhost";
        return new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["ALL_PROXY"] = proxy,
            ["FILE_GATE_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.FileGate}"),
            ["HOME"] = Home,
            ["HTTPS_PROXY"] = proxy,
            ["HTTP_PROXY"] = proxy,
            ["LANG"] = "C.UTF-8",
            ["NO_PROXY"] = noProxy,
            ["OPENAI_API_KEY"] = "none",
            ["OPENAI_BASE_URL"] = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.Inference}/v1"),
            ["PATH"] = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin",
            ["TERM"] = "dumb",
            ["TMPDIR"] = "/tmp",
            ["USER"] = "agent",
            ["all_proxy"] = proxy,
            ["http_proxy"] = proxy,
            ["https_proxy"] = proxy,
            ["no_proxy"] = noProxy,
        }.Select(variable => GateContainer.Variable(variable.Key, variable.Value));
    }

    private static string Size(Plan plan, int times) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(1, plan.Profile.Sandbox.TmpBytes * times / (1 << 20))}Mi");
}

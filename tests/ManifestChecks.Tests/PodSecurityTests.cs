using System.Text.RegularExpressions;
using SecureAgent.ManifestChecks.PodSecurity;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Tests;

public sealed class PodSecurityTests
{
    private const string Context = "      allowPrivilegeEscalation: false\n";
    private const string Spec = "spec:\n  restartPolicy: Always\n";
    private static readonly string Agent = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Manifests", "agent-pod.yaml"));
    private static readonly string Naive = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Manifests", "naive-pod.yaml"));

    [Fact]
    public void CompliantAgentPod_IsAdmitted()
    {
        Assert.Empty(Refusals(Agent));
    }

    [Fact]
    public void NaiveSidecarPod_IsRefusedForItsFourReasons()
    {
        Assert.Equal(["allowPrivilegeEscalation", "capabilities_restricted", "restrictedVolumes", "seccompProfile_restricted"], Refusals(Naive));
    }

    [Theory]
    [InlineData("allowPrivilegeEscalation", Context, "")]
    [InlineData("allowPrivilegeEscalation", Context, "      allowPrivilegeEscalation: \"false\"\n")]
    [InlineData("appArmorProfile", Context, Context + "      appArmorProfile: { type: Unconfined }\n")]
    [InlineData("appArmorProfile", "  name: agent-session\n", "  name: agent-session\n  annotations: { container.apparmor.security.beta.kubernetes.io/agent: unconfined }\n")]
    [InlineData("capabilities_restricted", "capabilities: { drop: [ALL] } # agent", "capabilities: { drop: [NET_RAW] }")]
    [InlineData("capabilities_restricted", "capabilities: { drop: [ALL] } # agent", "capabilities: { drop: [ALL], add: [SYS_PTRACE] }")]
    [InlineData("capabilities_restricted", "capabilities: { drop: [ALL] } # files", "capabilities: {}")]
    [InlineData("hostNamespaces", Spec, Spec + "  hostPID: true\n")]
    [InlineData("hostPorts", "    image: agent\n", "    image: agent\n    ports: [{ containerPort: 80, hostPort: 80 }]\n")]
    [InlineData("privileged", Context, Context + "      privileged: true\n")]
    [InlineData("procMount", Context, Context + "      procMount: Unmasked\n")]
    [InlineData("restrictedVolumes", "emptyDir: { sizeLimit: 64Mi }", "nfs: { server: files, path: / }")]
    [InlineData("runAsNonRoot", "    runAsNonRoot: true\n", "")]
    [InlineData("runAsNonRoot", Context, Context + "      runAsNonRoot: false\n")]
    [InlineData("runAsUser", "    runAsUser: 10001\n", "    runAsUser: 0\n")]
    [InlineData("runAsUser", Context, Context + "      runAsUser: 0\n")]
    [InlineData("seLinuxOptions", Context, Context + "      seLinuxOptions: { type: spc_t }\n")]
    [InlineData("seccompProfile_restricted", "    seccompProfile: { type: RuntimeDefault }\n", "")]
    [InlineData("seccompProfile_restricted", Context, Context + "      seccompProfile: { type: Unconfined }\n")]
    [InlineData("sysctls", "    runAsNonRoot: true\n", "    runAsNonRoot: true\n    sysctls: [{ name: kernel.msgmax, value: \"1\" }]\n")]
    [InlineData("windowsHostProcess", Context, Context + "      windowsOptions: { hostProcess: true }\n")]
    public void OneChange_IsRefusedByExactlyItsCheck(string id, string old, string changed)
    {
        Assert.Single(Regex.Matches(Agent, Regex.Escape(old)));

        Assert.Equal([id], Refusals(Agent.Replace(old, changed, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(Context, Context + "      seLinuxOptions: { type: container_t }\n")]
    [InlineData("capabilities: { drop: [ALL] } # agent", "capabilities: { drop: [ALL], add: [NET_BIND_SERVICE] }")]
    [InlineData("    runAsNonRoot: true\n", "    runAsNonRoot: true\n    sysctls: [{ name: net.ipv4.tcp_syncookies, value: \"1\" }]\n")]
    [InlineData(Context, Context + "      seccompProfile: { type: Localhost, localhostProfile: agent.json }\n")]
    [InlineData("emptyDir: { sizeLimit: 64Mi }", "configMap: { name: policy }")]
    public void WhatTheStandardAllows_IsAdmitted(string old, string changed)
    {
        Assert.Empty(Refusals(Agent.Replace(old, changed, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("apps/v1", "Deployment", "spec: { template: POD }")]
    [InlineData("apps/v1", "StatefulSet", "spec: { template: POD }")]
    [InlineData("apps/v1", "DaemonSet", "spec: { template: POD }")]
    [InlineData("apps/v1", "ReplicaSet", "spec: { template: POD }")]
    [InlineData("v1", "ReplicationController", "spec: { template: POD }")]
    [InlineData("batch/v1", "Job", "spec: { template: POD }")]
    [InlineData("batch/v1", "CronJob", "spec: { jobTemplate: { spec: { template: POD } } }")]
    [InlineData("v1", "PodTemplate", "template: POD")]
    [InlineData("agents.x-k8s.io/v1beta1", "Sandbox", "spec: { podTemplate: POD }")]
    [InlineData("extensions.agents.x-k8s.io/v1beta1", "SandboxTemplate", "spec: { podTemplate: POD }")]
    public void EveryKindOfPodTemplate_IsJudged(string version, string kind, string shape)
    {
        const string bad = "{ spec: { hostNetwork: true, containers: [{ name: a, securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: { drop: [ALL] }, seccompProfile: { type: RuntimeDefault } } }] } }";
        var yaml = $"apiVersion: {version}\nkind: {kind}\nmetadata: {{ name: x }}\n{shape}\n";

        Assert.Equal(["hostNamespaces"], Refusals(yaml.Replace("POD", bad, StringComparison.Ordinal)));
        Assert.Empty(Refusals(yaml.Replace("POD", bad.Replace("hostNetwork: true, ", "", StringComparison.Ordinal), StringComparison.Ordinal)));
    }

    [Fact]
    public void PodWithoutContainers_IsRefused()
    {
        Assert.Equal(["noContainers"], Refusals("apiVersion: v1\nkind: Pod\nmetadata: { name: x }\nspec: {}\n"));
    }

    [Fact]
    public void Version_IsPinned()
    {
        Assert.Matches(@"^v1\.\d+$", RestrictedStandard.Version);
        Assert.Equal(14, RestrictedEvaluator.CheckIds.Distinct().Count());
    }

    private static IEnumerable<string> Refusals(string yaml)
    {
        var pod = Assert.Single(new ManifestSet(ManifestReader.Parse(yaml, "pod.yaml"), []).Workloads);
        return RestrictedEvaluator.Refusals(pod).Select(reason => reason.Id).Order(StringComparer.Ordinal);
    }
}

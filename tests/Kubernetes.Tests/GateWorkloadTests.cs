using k8s;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Tests;

public sealed class GateWorkloadTests
{
    private static readonly Plan Plan = Plan.Of(Sample.Graph, Sample.Options);

    [Fact]
    public void Namespaces_EnforceRestricted_AtOneVersion()
    {
        foreach (var space in Namespaces.All().Cast<V1Namespace>())
        {
            Assert.Equal("restricted", space.Metadata.Labels["pod-security.kubernetes.io/enforce"]);
            Assert.Equal(Names.PodSecurityVersion, space.Metadata.Labels["pod-security.kubernetes.io/enforce-version"]);
        }
    }

    [Fact]
    public void StatefulSet_RoundTripsStrictly()
    {
        var written = YamlWriter.Write([StatefulSet(ComponentNames.EgressProxy)]);

        var read = KubernetesYaml.Deserialize<V1StatefulSet>(written, strict: true);

        Assert.Equal(written, YamlWriter.Write([read]));
        Assert.ThrowsAny<Exception>(() => KubernetesYaml.Deserialize<V1StatefulSet>(written + "unknown: 1\n", strict: true));
    }

    [Theory]
    [InlineData(Isolation.Kata, "kata", "kata-qemu")]
    [InlineData(Isolation.Gvisor, "gvisor", "runsc")]
    public void RuntimeClass_RoundTripsStrictly(Isolation isolation, string name, string handler)
    {
        var read = KubernetesYaml.Deserialize<V1RuntimeClass>(YamlWriter.Write([RuntimeClasses.Of(isolation)]), strict: true);

        Assert.Equal((name, handler), (read.Metadata.Name, read.Handler));
    }

    [Fact]
    public void Gate_HasTokensForItsCalleesOnly()
    {
        Assert.Equal([ComponentNames.SecretBroker], GatePod.Audiences(Plan, Plan.Graph[ComponentNames.EgressProxy]));
        Assert.Equal(["vault"], GatePod.Audiences(Plan, Plan.Graph[ComponentNames.SecretBroker]));
    }

    [Theory]
    [InlineData("true")]
    [InlineData("1.0")]
    [InlineData("0x10")]
    [InlineData("a: b")]
    [InlineData("2026-11-25")]
    [InlineData("a\"b\\c")]
    [InlineData("one\ntwo\n")]
    public void Text_StaysText(string value)
    {
        var map = new V1ConfigMap { ApiVersion = "v1", Kind = "ConfigMap", Metadata = new() { Name = "m" }, Data = new Dictionary<string, string> { ["key"] = value } };

        Assert.Equal(value, KubernetesYaml.Deserialize<V1ConfigMap>(YamlWriter.Write([map]), strict: true).Data["key"]);
    }

    private static V1StatefulSet StatefulSet(string component) =>
        GateWorkload.Objects(Plan, Plan.Graph[component]).OfType<V1StatefulSet>().Single();
}

using k8s;
using k8s.Models;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Workloads;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Tests;

public sealed class GateWorkloadTests
{
    private static readonly PublishOptions Options = new() { PolicyText = "" };

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
    [InlineData(Isolation.Kata, "kata", "kata")]
    [InlineData(Isolation.Gvisor, "gvisor", "runsc")]
    public void RuntimeClass_RoundTripsStrictly(Isolation isolation, string name, string handler)
    {
        var read = KubernetesYaml.Deserialize<V1RuntimeClass>(YamlWriter.Write([RuntimeClasses.Of(isolation)]), strict: true);

        Assert.Equal((name, handler), (read.Metadata.Name, read.Handler));
    }

    [Fact]
    public void Gate_HasTokensForItsCalleesOnly()
    {
        Assert.Equal([ComponentNames.SecretBroker], GatePod.Audiences(Example(), Example()[ComponentNames.EgressProxy], Options));
        Assert.Equal(["vault"], GatePod.Audiences(Example(), Example()[ComponentNames.SecretBroker], Options));
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
        GateWorkload.Objects(Example(), Example()[component], Options).OfType<V1StatefulSet>().Single();

    private static Graph Example()
    {
        var graph = new GraphBuilder("example");
        var broker = graph.AddGate(ComponentNames.SecretBroker, "SecretBroker", "leases");
        var proxy = graph.AddGate(ComponentNames.EgressProxy, "EgressProxy", "way out", SandboxPorts.EgressProxy).Calls(broker);
        graph.AddRunner(ComponentNames.AgentRunner, "AgentRunner", "sessions").Controls(broker, proxy);
        return graph.Build();
    }
}

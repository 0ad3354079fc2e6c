using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Parity;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Tests;

public sealed class ParityTests
{
    private static readonly Plan Plan = Plan.Of(Sample.Graph, Sample.Options);

    [Fact]
    public void LaptopAndCluster_Differ_OnlyWhereExplained()
    {
        var report = ParityReport.Of(Plan, Sample.Publish());

        Assert.InRange(report.Asked, 200, int.MaxValue);
        Assert.InRange(report.Allowed, 20, report.Asked / 2);
        Assert.Empty(report.Unexplained);
    }

    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void EveryVariant_HasNoUnexplainedDifference(Isolation isolation, SecretsDelivery secrets)
    {
        var options = Sample.Options with { Isolation = isolation, Secrets = secrets };

        Assert.Empty(ParityReport.Of(Plan.Of(Sample.Graph, options), Sample.Variant(isolation, secrets)).Unexplained);
    }

    [Fact]
    public void Published_HoldsTheReport()
    {
        Assert.Equal(ParityReport.Of(Plan, Sample.Publish()).Text, Sample.Publish().Single(file => file.Path == "parity.json").Text);
    }

    [Theory]
    [InlineData("- { host: packages.example.com }", "- { host: mirror.example.com }")]
    [InlineData("ports: [443, 8443]", "ports: [443]")]
    [InlineData("- { host: 93.184.215.14, ports: [443] }", "- { host: 93.184.215.15, ports: [443] }")]
    public void RuleChangedOnTheLaptop_IsFound(string from, string to)
    {
        var changed = Plan.Of(Sample.Graph, Sample.With(from, to));

        Assert.NotEmpty(ParityReport.Of(changed, Sample.Publish()).Unexplained);
        Assert.Empty(ParityReport.Of(changed, Sample.Publish(changed.Options)).Unexplained);
    }

    [Theory]
    [InlineData("limits", "memory: 2GiB", "memory: 1GiB")]
    [InlineData("limits", "cpu: 2", "cpu: 1")]
    [InlineData("limits", "wallClock: 20m", "wallClock: 30m")]
    [InlineData("limits", "tmp: 128MiB", "tmp: 64MiB")]
    [InlineData("cilium", "- { host: packages.example.com }", "- { host: mirror.example.com }")]
    public void RuleChangedOnTheLaptop_IsFound_InItsLayerAlone(string layer, string from, string to)
    {
        var report = ParityReport.Of(Plan.Of(Sample.Graph, Sample.With(from, to)), Sample.Publish());

        Assert.Equal([layer], report.Unexplained.Select(difference => difference.Layer).Distinct());
    }

    [Theory]
    [InlineData(EdgeKind.Starts, "api-server")]
    [InlineData(EdgeKind.Calls, "cilium", "portable")]
    [InlineData(EdgeKind.Relays, "cilium", "portable")]
    public void EdgeTakenFromTheGraph_IsFound(EdgeKind kind, params string[] layers)
    {
        var graph = Sample.Graph with { Edges = [.. Sample.Graph.Edges.Where(edge => edge.Kind != kind)] };

        var unexplained = ParityReport.Of(Plan.Of(graph, Sample.Options), Sample.Publish()).Unexplained;

        Assert.Equal(layers, unexplained.Select(difference => difference.Layer).Distinct().Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("cilium", "components/cilium/network.yaml", "matchName: packages.example.com", "matchName: mirror.example.com")]
    [InlineData("cilium", "components/cilium/network.yaml", "matchPattern: \"*.internal.example.com\"", "matchPattern: \"*.other.example.com\"")]
    [InlineData("cilium", "components/cilium/network.yaml", "port: \"8443\"", "port: \"8445\"")]
    [InlineData("portable", "components/portable/network.yaml", "cidr: \"0.0.0.0/0\"", "cidr: \"1.0.0.0/8\"")]
    [InlineData("cilium", "base/policies/edges.yaml", "port: 8445", "port: 8444")]
    [InlineData("cilium", "base/policies/default-deny.yaml", "- Egress", "- Ingress")]
    [InlineData("api-server", "base/rbac.yaml", "- jobs", "- secrets")]
    [InlineData("api-server", "base/rbac.yaml", "- delete\n", "")]
    [InlineData("pod-security", "base/namespaces.yaml", "enforce: restricted", "enforce: baseline")]
    [InlineData("admission", "admission/policies/no-token-automount.yaml", "- Deny", "- Warn")]
    [InlineData("admission", "admission/policies/own-labels.yaml", "failurePolicy: Fail", "failurePolicy: Ignore")]
    [InlineData("admission", "admission/policies/runtime-class-required.yaml", "['kata']", "['kata', 'runc']")]
    [InlineData("admission", "admission/policies/allowed-registries.yaml", "secure-agent-sessions", "other")]
    [InlineData("limits", "base/agent-session.yaml", "memory: \"2Gi\"", "memory: \"4Gi\"")]
    [InlineData("limits", "base/agent-session.yaml", "activeDeadlineSeconds: 1200", "activeDeadlineSeconds: 1201")]
    public void RuleChangedInTheCluster_IsFound_InItsLayer(string layer, string path, string from, string to)
    {
        var files = Sample.Publish();
        Assert.Contains(from, files.Single(file => file.Path == path).Text, StringComparison.Ordinal);

        var changed = files.Select(file => file.Path == path ? file with { Text = file.Text.Replace(from, to, StringComparison.Ordinal) } : file).ToList();

        Assert.Contains(layer, ParityReport.Of(Plan, changed).Unexplained.Select(difference => difference.Layer));
    }

    [Theory]
    [InlineData("base/namespaces.yaml", "pod-security")]
    [InlineData("admission/policies/no-host-path.yaml", "admission")]
    [InlineData("base/policies/edges.yaml", "portable")]
    [InlineData("components/cilium/network.yaml", "cilium")]
    [InlineData("base/rbac.yaml", "api-server")]
    public void FileTakenFromTheCluster_IsFound(string path, string layer)
    {
        var fewer = Sample.Publish().Where(file => file.Path != path).ToList();

        Assert.Contains(layer, ParityReport.Of(Plan, fewer).Unexplained.Select(difference => difference.Layer));
    }

    [Fact]
    public void AgentReaches_ItsTwoGates_AndNothingElse()
    {
        var cluster = new ClusterModel(Sample.Publish(), "cilium");

        var allowed = Questions.Connections(Plan).Where(question => question.From.Workload == "agent-session" && cluster.Allows(question)).Select(question => question.ToString());

        Assert.Equal([$"secure-agent-sessions/agent-session -> secure-agent-system/{ComponentNames.EgressProxy}:8443", $"secure-agent-sessions/agent-session -> secure-agent-system/{ComponentNames.InferenceGateway}:8443"], allowed.Order(StringComparer.Ordinal));
    }
}

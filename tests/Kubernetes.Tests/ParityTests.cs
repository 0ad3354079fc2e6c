using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Parity;
using SecureAgent.Kubernetes.Publishing;

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
    [InlineData("components/cilium/network.yaml", "matchName: packages.example.com", "matchName: mirror.example.com")]
    [InlineData("components/cilium/network.yaml", "matchPattern: \"*.internal.example.com\"", "matchPattern: \"*.other.example.com\"")]
    [InlineData("components/cilium/network.yaml", "port: \"8443\"", "port: \"8445\"")]
    [InlineData("base/policies/edges.yaml", "port: 8445", "port: 8444")]
    [InlineData("base/policies/default-deny.yaml", "- Egress", "- Ingress")]
    [InlineData("base/rbac.yaml", "- jobs", "- secrets")]
    public void RuleChangedInTheCluster_IsFound(string path, string from, string to)
    {
        var files = Sample.Publish();
        Assert.Contains(from, files.Single(file => file.Path == path).Text, StringComparison.Ordinal);

        var changed = files.Select(file => file.Path == path ? file with { Text = file.Text.Replace(from, to, StringComparison.Ordinal) } : file).ToList();

        Assert.NotEmpty(ParityReport.Of(Plan, changed).Unexplained);
    }

    [Fact]
    public void AgentReaches_ItsTwoGates_AndNothingElse()
    {
        var cluster = new ClusterModel(Sample.Publish(), "cilium");

        var allowed = Questions.Connections(Plan).Where(question => question.From.Workload == "agent-session" && cluster.Allows(question)).Select(question => question.ToString());

        Assert.Equal([$"secure-agent-sessions/agent-session -> secure-agent-system/{ComponentNames.EgressProxy}:8443", $"secure-agent-sessions/agent-session -> secure-agent-system/{ComponentNames.InferenceGateway}:8443"], allowed.Order(StringComparer.Ordinal));
    }
}

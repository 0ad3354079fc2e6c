using SecureAgent.Contracts;
using SecureAgent.Kubernetes;
using SecureAgent.ManifestChecks.Reading;
using SecureAgent.ServiceDefaults.Doors;

namespace SecureAgent.AppHost.Tests;

/// <summary>What manifests set is what programs read.</summary>
public sealed class PublishedSettingsTests
{
    [Theory]
    [InlineData("egress-proxy", true)]
    [InlineData("inference-gateway", true)]
    [InlineData("secret-broker", false)]
    [InlineData("agent-runner", false)]
    public void SessionDoor_IsSetWhole_WhereAgentsRelayTo_AndNowhereElse(string component, bool hasDoor)
    {
        Assert.Equal(hasDoor ? Read("SessionDoor") : [], Set("SessionDoor", component));
    }

    [Fact]
    public void ServiceDoor_IsSetWhole_ForTheOneThatGatesCall_AndTheyTrustItsAuthority()
    {
        Assert.Equal(Read("ServiceDoor"), Set("ServiceDoor", "secret-broker"));
        Assert.Empty(Set("ServiceDoor", "egress-proxy"));
        Assert.Contains(HostEnvironment.Authority, Environment("egress-proxy"));
        Assert.Contains(HostEnvironment.Authority, Environment("inference-gateway"));
    }

    [Fact]
    public void PodSession_IsSetWhole_ForTheGateBesideTheAgent()
    {
        Assert.Equal(Read("PodSession"), Set("PodSession", "agent-session"));
        Assert.Empty(Set("PodSession", "egress-proxy"));
    }

    [Theory]
    [InlineData("egress-proxy")]
    [InlineData("secret-broker")]
    [InlineData("agent-session")]
    public void WhatAProgramCannotStartWithout_IsSet(string component)
    {
        string[] needed = [HostEnvironment.DataDirectory, HostEnvironment.RunDirectory, HostEnvironment.Boot, HostEnvironment.HealthAddress];

        Assert.Empty(needed.Except(Environment(component)));
    }

    /// <summary>The section's settings, as variables.</summary>
    private static IEnumerable<string> Read(string section) =>
        typeof(RelayProtocol).Assembly.GetType($"SecureAgent.ServiceDefaults.Doors.{section}Options", throwOnError: true)!
            .GetProperties().Where(property => property.Name != "EqualityContract").Select(property => $"{section}__{property.Name}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Set(string section, string component) =>
        Environment(component).Where(name => name.StartsWith($"{section}__", StringComparison.Ordinal)).Order(StringComparer.Ordinal);

    private static IEnumerable<string> Environment(string component)
    {
        var policy = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "policies", "default.yaml"));
        var file = Publisher.Publish(DevServer.Build(), new PublishOptions { PolicyText = policy }).Single(file => file.Path == $"base/{component}.yaml");
        return ManifestReader.Parse(file.Text, file.Path).Select(Workload.Of).OfType<Workload>().Single().Containers
            .SelectMany(container => container.Node["env"].Items).Select(variable => variable["name"].Text!);
    }
}

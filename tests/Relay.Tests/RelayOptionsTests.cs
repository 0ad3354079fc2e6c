using Microsoft.Extensions.Configuration;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Relay.Tests;

public sealed class RelayOptionsTests
{
    private static readonly Dictionary<string, string?> Right = new()
    {
        [RelayOptions.Relays] = "3128=egress-proxy.secure-agent-system.svc.cluster.local:8443,11434=inference-gateway.secure-agent-system.svc.cluster.local:8443",
        [RelayOptions.AuthorityVariable] = "/etc/secure-agent-tls/ca.crt",
        [RelayOptions.TokenVariable] = "/var/run/secrets/token",
    };

    [Fact]
    public void PublishedSettings_AreTwoRoutes()
    {
        var routes = RelayOptions.From(Configuration(Right)).Routes;

        Assert.Equal([3128, 11434], routes.Select(route => route.Port));
        Assert.Equal(new GateRoute(3128, "egress-proxy.secure-agent-system.svc.cluster.local", 8443), routes[0]);
    }

    [Theory]
    [InlineData("3128")]
    [InlineData("3128=")]
    [InlineData("=gate:8443")]
    [InlineData("3128=gate")]
    [InlineData("3128=gate:")]
    [InlineData("3128=gate:0")]
    [InlineData("3128=gate:65536")]
    [InlineData("-1=gate:8443")]
    [InlineData("3128=ga te:8443")]
    [InlineData("3128=gate:8443,")]
    [InlineData("3128=gate:8443;11434=gate:8443")]
    public void WrongRoute_IsAnInstruction(string relays)
    {
        var error = Assert.Throws<StartupException>(() => RelayOptions.From(Configuration(new(Right) { [RelayOptions.Relays] = relays })));

        Assert.Contains("give PORT=HOST:PORT", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingSetting_IsNamed()
    {
        foreach (var key in Right.Keys)
        {
            Assert.StartsWith(key, Assert.Throws<StartupException>(() => RelayOptions.From(Configuration(new(Right) { [key] = null }))).Message, StringComparison.Ordinal);
        }
    }

    private static IConfiguration Configuration(Dictionary<string, string?> values) => new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}

using SecureAgent.AppHost;
using SecureAgent.AppHost.Commands;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Tests;

public sealed class PortOptionTests
{
    [Fact]
    public void Port_OfAProcess_IsTaken()
    {
        Assert.Equal(7001, PortOption.Parse(["secret-broker=7001"], DevServer.Build())["secret-broker"]);
    }

    [Theory]
    [InlineData("secret-broker")]
    [InlineData("secret-broker=")]
    [InlineData("secret-broker=80")]
    [InlineData("secret-broker=65536")]
    [InlineData("secret-broker=-7001")]
    [InlineData("nobody=7001")]
    [InlineData("workspace=7001")]
    public void Port_Wrong_IsNamedWithTheMend(string value)
    {
        var error = Assert.Throws<StartupException>(() => PortOption.Parse([value], DevServer.Build()));

        Assert.Contains($"'{value}'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ports_FromTheSystem_AreAllDifferent()
    {
        var ports = ServerPorts.Allocate(DevServer.Build(), new Dictionary<string, int> { ["file-gate"] = 7001 });

        Assert.Equal(7001, ports["file-gate"]);
        Assert.Equal(DevServer.Build().Processes.Count(), ports.Values.Distinct().Count());
    }
}

using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Judging;

/// <summary>A rule for a block of addresses, on both ways out: for addresses that are asked for as such, and each of them judged.</summary>
public sealed class AddressBlockTests
{
    private const string Rules = """
        - { host: 127.0.0.0/31, ports: [HTTP], allowPrivate: true }
        - { host: 169.254.0.0/16, ports: [HTTP], allowPrivate: true }
        """;

    [Theory]
    [InlineData("127.0.0.1", "allowed_by_rule")]
    [InlineData("[::ffff:127.0.0.1]", "allowed_by_rule")]
    [InlineData("127.0.0.2", "no_rule")]
    [InlineData("2130706433", "host_invalid")]
    [InlineData("127.0.0.1/31", "host_invalid")]
    [InlineData("inside.test", "no_rule")]
    [InlineData("169.254.169.254", "address_metadata")]
    public async Task Destination_IsDecidedByItsAddress_NeverByWhatANameLeadsTo(string host, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        proxy.Resolver.Answer("inside.test", ["127.0.0.1"]);
        var (port, isAllowed) = (proxy.Origin.HttpPort, reason == "allowed_by_rule");

        var connect = await proxy.SendRawAsync($"CONNECT {host}:{port} HTTP/1.1\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", finish: false);

        Assert.Equal(isAllowed, connect.Contains("origin:", StringComparison.Ordinal));
        Assert.Equal(reason, Assert.Single(proxy.Decisions()).Reason);
        Assert.DoesNotContain(proxy.Component.Records(), record => record.Kind == "name.resolve");
    }
}

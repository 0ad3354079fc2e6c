using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Judging;

/// <summary>What a name leads to, on both ways out.</summary>
public sealed class ResolutionTests
{
    private const string Rules = """
        - { host: public-only.test, ports: [HTTP] }
        - { host: origin.test, ports: [HTTP], allowPrivate: true }
        - { host: metadata.test, ports: [HTTP], allowPrivate: true }
        """;

    [Theory]
    [InlineData("127.0.0.1", "address_of_host")]
    [InlineData("127.9.9.9", "address_private")]
    [InlineData("10.0.0.1", "address_private")]
    [InlineData("192.168.1.1", "address_private")]
    [InlineData("172.16.0.1", "address_private")]
    [InlineData("100.64.0.1", "address_private")]
    [InlineData("169.254.1.1", "address_private")]
    [InlineData("169.254.169.254", "address_metadata")]
    [InlineData("fd00:ec2::254", "address_metadata")]
    [InlineData("::ffff:169.254.169.254", "address_metadata")]
    [InlineData("64:ff9b::a9fe:a9fe", "address_metadata")]
    [InlineData("::ffff:10.0.0.1", "address_private")]
    [InlineData("fc00::1", "address_private")]
    [InlineData("0.0.0.0", "address_special")]
    [InlineData("224.0.0.1", "address_special")]
    public async Task Name_ThatLeadsInside_IsRefusedOnBothWays(string address, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        proxy.Resolver.Answer("public-only.test", [address]);

        var (http, connect) = await AskAsync(proxy, "public-only.test");

        Assert.Equal((403, 403), (ProxyUnderTest.StatusOf(http), ProxyUnderTest.StatusOf(connect)));
        Assert.Equal([reason, reason], proxy.Decisions().Select(record => record.Reason));
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Name_WithAllowPrivate_IsReachedOnBothWays()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);

        var (http, connect) = await AskAsync(proxy, "origin.test");

        Assert.Equal((200, 200), (ProxyUnderTest.StatusOf(http), ProxyUnderTest.StatusOf(connect)));
    }

    [Fact]
    public async Task Answer_MixedOfPublicAndPrivate_IsRefusedWhole()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        proxy.Resolver.Answer("public-only.test", ["8.8.8.8", "127.0.0.1"]);

        var (http, connect) = await AskAsync(proxy, "public-only.test");

        Assert.Equal((403, 403), (ProxyUnderTest.StatusOf(http), ProxyUnderTest.StatusOf(connect)));
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Metadata_EvenWithARuleAndAllowPrivate_IsRefused()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        proxy.Resolver.Answer("metadata.test", ["169.254.169.254"]);

        var (http, connect) = await AskAsync(proxy, "metadata.test");

        Assert.Equal((403, 403), (ProxyUnderTest.StatusOf(http), ProxyUnderTest.StatusOf(connect)));
        Assert.All(proxy.Decisions(), record => Assert.Equal("address_metadata", record.Reason));
        Assert.Equal("", ProxyUnderTest.ErrorOf(connect).GetProperty("ask").GetString());
        Assert.Empty(proxy.Origin.Requests);
    }

    [Fact]
    public async Task Name_ThatRebinds_IsJudgedOnTheAnswerThatIsDialled()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, settings: ("EgressProxy:ResolutionLifetime", "00:00:00"));
        proxy.Resolver.Answer("origin.test", ["127.0.0.1"], ["169.254.169.254"]);

        var (first, second) = await AskAsync(proxy, "origin.test");

        Assert.Equal((200, 403), (ProxyUnderTest.StatusOf(first), ProxyUnderTest.StatusOf(second)));
        Assert.Equal(2, proxy.Resolver.Queries.Count);
    }

    [Fact]
    public async Task Name_WithinItsLifetime_IsResolvedOnceForTheSession()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);
        proxy.Resolver.Answer("origin.test", ["127.0.0.1"], ["169.254.169.254"]);

        var (first, second) = await AskAsync(proxy, "origin.test");

        Assert.Equal((200, 200), (ProxyUnderTest.StatusOf(first), ProxyUnderTest.StatusOf(second)));
        Assert.Single(proxy.Resolver.Queries);
        Assert.Single(proxy.Component.Records(), record => record.Kind == "name.resolve" && record.Subject == "origin.test");
    }

    [Fact]
    public async Task Name_Denied_IsNeverResolved()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);

        await AskAsync(proxy, "secret-data.exfil.test");

        Assert.Empty(proxy.Resolver.Queries);
        Assert.DoesNotContain(proxy.Component.Records(), record => record.Kind == "name.resolve");
    }

    [Fact]
    public async Task Name_WithoutAnAnswer_IsBadGateway()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);

        var (http, connect) = await AskAsync(proxy, "public-only.test");

        Assert.Equal((502, 502), (ProxyUnderTest.StatusOf(http), ProxyUnderTest.StatusOf(connect)));
        Assert.All(proxy.Decisions(), record => Assert.Equal("name_not_resolved", record.Reason));
    }

    private static async Task<(string Http, string Connect)> AskAsync(ProxyUnderTest proxy, string host)
    {
        var authority = $"{host}:{proxy.Origin.HttpPort}";
        return (
            await proxy.SendRawAsync($"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n", finish: false),
            await proxy.SendRawAsync($"CONNECT {authority} HTTP/1.1\r\n\r\n"));
    }
}

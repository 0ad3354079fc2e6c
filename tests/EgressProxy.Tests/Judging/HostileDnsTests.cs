using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Judging;

/// <summary>A real DNS server that lies, asked by the machine's own resolver; the private server it leads to is there and would answer.</summary>
public sealed class HostileDnsTests
{
    private const string Rules = """
              - { host: public.test, ports: [80] }
              - { host: rebind.test, ports: [80] }
              - { host: mixed.test, ports: [80] }
              - { host: gone.test, ports: [80] }
              - { host: inside.test, ports: [80], allowPrivate: true }
        """;

    private static readonly (int, string) Reached = (200, $"from {NamespacedProxy.Public}");
    private static readonly (int, string) Refused = (403, "address_private");

    [Fact]
    public async Task NamesThatLeadInside_ReachNoPrivateServer()
    {
        var missing = NamespacedProxy.Missing;
        Assert.SkipWhen(missing is not null, missing ?? "");
        await using var proxy = await NamespacedProxy.StartAsync(Rules, "--EgressProxy:ResolutionLifetime=00:00:00");

        Assert.Equal(Reached, await proxy.GetAsync("public.test"));
        Assert.Equal((200, $"from {NamespacedProxy.Private}"), await proxy.GetAsync("inside.test"));
        Assert.Equal(Reached, await proxy.GetAsync("rebind.test"));
        Assert.Equal(Refused, await proxy.GetAsync("rebind.test"));
        Assert.Equal(Refused, await proxy.GetAsync("mixed.test"));
        Assert.Equal((502, "name_not_resolved"), await proxy.GetAsync("gone.test"));
    }
}

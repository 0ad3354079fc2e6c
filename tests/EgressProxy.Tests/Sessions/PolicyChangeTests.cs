using System.Net;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Sessions;

/// <summary>A policy that changes under a session: what is under way and no longer allowed is cut before the change returns.</summary>
public sealed class PolicyChangeTests
{
    private const string Both = "- { host: origin.test, ports: [HTTP, HTTPS], allowPrivate: true }";
    private const string Inspected = "- { host: origin.test, ports: [HTTP, HTTPS], allowPrivate: true, inspect: { methods: [GET], paths: [/**] } }";

    [Theory]
    [InlineData("[]")]
    [InlineData("- { host: origin.test, ports: [HTTPS], allowPrivate: true }")]
    [InlineData("- { host: other.test, ports: [HTTP], allowPrivate: true }")]
    [InlineData("- { host: origin.test, ports: [HTTP, HTTPS], allowPrivate: true, opaque: true }")]
    public async Task Tunnel_ThatTheNewPolicyDoesNotAllowAsItIs_IsCut(string rules)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Both);
        using var tunnel = await OpenAsync(proxy);

        await proxy.Component.ChangePolicyAsync(proxy.Policy(rules, ""));

        Assert.Equal("", await ProxyUnderTest.ReadToEndAsync(tunnel));
        await RecordedAsync(proxy, "tunnel.closed");
    }

    [Fact]
    public async Task Tunnel_ThatIsStillAllowed_GoesOn_AndNewOnesAreJudgedByTheNewPolicy()
    {
        await using var proxy = await ProxyUnderTest.StartAsync("- { host: other.test, ports: [1] }\n" + Both);
        using var tunnel = await OpenAsync(proxy);

        await proxy.Component.ChangePolicyAsync(proxy.Policy(Both + "\n- { host: more.test, ports: [HTTP], allowPrivate: true }", ""));

        await tunnel.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n"u8.ToArray());
        Assert.Contains("origin:", await ProxyUnderTest.ReadToEndAsync(tunnel), StringComparison.Ordinal);
        proxy.Resolver.Answer("more.test", ["127.0.0.1"]);
        using var client = proxy.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://more.test:{proxy.Origin.HttpPort}/")).StatusCode);
    }

    [Fact]
    public async Task Request_UnderWay_IsCut_AndTheNextIsRefused()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Both);
        var hanging = proxy.SendRawAsync($"GET http://origin.test:{proxy.Origin.HttpPort}/hang HTTP/1.1\r\nHost: origin.test:{proxy.Origin.HttpPort}\r\n\r\n", finish: false);
        await proxy.Origin.Hanging.Task;

        await proxy.Component.ChangePolicyAsync(proxy.Policy("[]", ""));

        Assert.Equal("", await hanging);
        await RecordedAsync(proxy, "egress.cut");
        using var client = proxy.Client();
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync($"http://origin.test:{proxy.Origin.HttpPort}/")).StatusCode);
    }

    [Fact]
    public async Task InspectedTunnel_WhosePathsChange_IsCut()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Inspected);
        await using var tls = await proxy.OpenTlsAsync("origin.test", proxy.Origin.HttpsPort, "origin.test");

        await proxy.Component.ChangePolicyAsync(proxy.Policy(Inspected.Replace("/**", "/only", StringComparison.Ordinal), ""));

        Assert.Equal(0, await ReadOrCutAsync(tls));
    }

    [Theory]
    [InlineData(Inspected, "", "egress[].inspect")]
    [InlineData(Both, "sandbox: { pids: 99 }", "sandbox")]
    [InlineData(Both, "honeypots: [files]", "honeypots")]
    [InlineData(Both, "files:\n  - { root: /srv, allow: ['**'] }", "files")]
    public async Task Change_ThatNeedsANewSession_IsRefused_AndNothingIsCut(string rules, string more, string part)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Both);
        using var tunnel = await OpenAsync(proxy);

        var error = await Assert.ThrowsAsync<RpcException>(() => proxy.Component.ChangePolicyAsync(proxy.Policy(rules, more)));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.StartsWith(part, error.Status.Detail, StringComparison.Ordinal);
        await tunnel.SendAsync("GET / HTTP/1.1\r\nHost: origin.test\r\nConnection: close\r\n\r\n"u8.ToArray());
        Assert.Contains("origin:", await ProxyUnderTest.ReadToEndAsync(tunnel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlyChecking_ChangesNothing()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Both);

        await proxy.Component.ChangePolicyAsync(proxy.Policy("[]", ""), onlyCheck: true);

        using var client = proxy.Client();
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync($"http://origin.test:{proxy.Origin.HttpPort}/")).StatusCode);
    }

    private static async Task<Socket> OpenAsync(ProxyUnderTest proxy)
    {
        var socket = await proxy.Session.ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n"));
        var answer = new byte[512];
        Assert.StartsWith("HTTP/1.1 200 ", Encoding.ASCII.GetString(answer, 0, await socket.ReceiveAsync(answer)), StringComparison.Ordinal);
        return socket;
    }

    private static async Task RecordedAsync(ProxyUnderTest proxy, string kind)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!proxy.Component.Records().Any(record => record.Kind == kind && record.Facts["why"] == "policy_changed"))
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private static async Task<int> ReadOrCutAsync(Stream stream)
    {
        try
        {
            return await stream.ReadAsync(new byte[1]);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Tunnels;

public sealed class ConnectTests
{
    [Fact]
    public async Task Https_ToAnAllowedOrigin_PassesUntouched()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using (var client = proxy.Client())
        {
            Assert.Equal("origin:hello", await (await client.PostAsync($"https://origin.test:{proxy.Origin.HttpsPort}/x", new StringContent("hello"))).Content.ReadAsStringAsync());
        }

        var record = Assert.Single(proxy.Decisions());
        Assert.True(record.IsAllowed);
        Assert.Equal(("egress", $"origin.test:{proxy.Origin.HttpsPort}", "egress[0]:6"), (record.Plane, record.Subject, record.Rule));
        Assert.Equal(("connect", "127.0.0.1"), (record.Facts["via"], record.Facts["address"]));
    }

    // Each differs in one thing from what the first test lets through.
    [Theory]
    [InlineData("other.test:HTTPS", 403, "no_rule", "no rule")]
    [InlineData("origin.test:1", 403, "port_not_allowed", "egress[0] (line 6)")]
    [InlineData("127.0.0.1:HTTPS", 403, "no_rule", "no rule")]
    [InlineData("169.254.169.254:80", 403, "no_rule", "no rule")]
    [InlineData("sub.origin.test:HTTPS", 403, "no_rule", "no rule")]
    [InlineData("origin.test.evil.test:HTTPS", 403, "no_rule", "no rule")]
    [InlineData("user@origin.test:HTTPS", 400, "host_invalid", "no rule")]
    [InlineData("origin.test%2eevil.test:HTTPS", 400, "host_invalid", "no rule")]
    [InlineData("0x7f.1:HTTPS", 400, "host_invalid", "no rule")]
    [InlineData("2130706433:HTTPS", 400, "host_invalid", "no rule")]
    [InlineData("origin..test:HTTPS", 400, "host_invalid", "no rule")]
    [InlineData("origin.test", 400, "request_malformed", "no rule")]
    [InlineData("origin.test:0", 400, "request_malformed", "no rule")]
    [InlineData("origin.test:99999", 400, "request_malformed", "no rule")]
    [InlineData("http://origin.test:HTTPS/", 400, "request_malformed", "no rule")]
    public async Task Connect_ToAnythingElse_GetsAReasonAndOneRecord(string target, int status, string reason, string rule)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await proxy.SendRawAsync($"CONNECT {target.Replace("HTTPS", $"{proxy.Origin.HttpsPort}", StringComparison.Ordinal)} HTTP/1.1\r\n\r\n");

        Assert.Equal(status, ProxyUnderTest.StatusOf(response));
        var error = ProxyUnderTest.ErrorOf(response);
        Assert.Equal((reason, rule), (error.GetProperty("reason").GetString(), error.GetProperty("rule").GetString()));
        Assert.NotEqual("", error.GetProperty("message").GetString());
        var record = Assert.Single(proxy.Decisions());
        Assert.Equal((false, reason), (record.IsAllowed, record.Reason));
        Assert.Empty(proxy.Resolver.Queries);
    }

    [Theory]
    [InlineData("ORIGIN.test")]
    [InlineData("origin.test.")]
    public async Task Host_InAnotherSpelling_IsTheSameHost(string spelling)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var socket = await proxy.Session.ConnectAsync();

        await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT {spelling}:{proxy.Origin.HttpPort} HTTP/1.1\r\nHost: {spelling}\r\n\r\n"));

        Assert.StartsWith("HTTP/1.1 200 ", await ReadSomeAsync(socket), StringComparison.Ordinal);
        Assert.Equal($"origin.test:{proxy.Origin.HttpPort}", Assert.Single(proxy.Decisions()).Subject);
    }

    [Theory]
    [InlineData("Host: other.test\r\n", 421, "host_mismatch")]
    [InlineData("Host: origin.test:1\r\n", 421, "host_mismatch")]
    [InlineData("Host: \r\n", 421, "host_mismatch")]
    [InlineData("Content-Length: 5\r\n", 400, "request_malformed")]
    [InlineData("Transfer-Encoding: chunked\r\n", 400, "request_malformed")]
    [InlineData("Host: origin.test\r\nHost: origin.test\r\n", 400, "request_malformed")]
    [InlineData("X: a\nY: b\r\n", 400, "request_malformed")]
    [InlineData("Host: origin.test\r\n", 200, null)]
    public async Task Fields_ThatContradictTheTarget_AreRefused(string fields, int status, string? reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await proxy.SendRawAsync($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n{fields}\r\n");

        Assert.Equal(status, ProxyUnderTest.StatusOf(response));
        Assert.Equal(reason ?? "allowed_by_rule", Assert.Single(proxy.Decisions()).Reason);
    }

    [Fact]
    public async Task Head_Oversized_IsRefusedBeforeItEnds()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await proxy.SendRawAsync($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\nX: {new string('x', 20_000)}", finish: false);

        Assert.Equal(400, ProxyUnderTest.StatusOf(response));
    }

    [Fact]
    public async Task Head_InSingleBytes_IsReadWhole()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var socket = await proxy.Session.ConnectAsync();

        foreach (var unit in Encoding.ASCII.GetBytes($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n"))
        {
            await socket.SendAsync(new[] { unit });
        }

        Assert.StartsWith("HTTP/1.1 200 ", await ReadSomeAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Head_NeverFinished_IsDroppedInTime()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(settings: ("EgressProxy:HeadTimeout", "00:00:00.2"));

        Assert.Equal("", await proxy.SendRawAsync("CONNECT origin.test:443 HT", finish: false));
        Assert.Empty(proxy.Decisions());
    }

    [Fact]
    public async Task Bytes_SentRightBehindTheHead_ReachTheOriginOnce()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        var response = await proxy.SendRawAsync(
            $"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\nGET /early HTTP/1.1\r\nHost: inner.test\r\nConnection: close\r\n\r\n",
            finish: false);

        Assert.Contains("origin:", response, StringComparison.Ordinal);
        Assert.Equal("/early", Assert.Single(proxy.Origin.Requests).RawTarget);
    }

    [Fact]
    public async Task Tunnel_WithHalfClose_StillDeliversTheAnswer()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var proxy = await ProxyUnderTest.StartAsync($"- {{ host: 127.0.0.1, ports: [{port}], allowPrivate: true }}");
        using var client = await proxy.Session.ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n"));
        using var upstream = await listener.AcceptSocketAsync();
        Assert.StartsWith("HTTP/1.1 200 ", await ReadSomeAsync(client), StringComparison.Ordinal);

        await client.SendAsync("question"u8.ToArray());
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal("question", await ProxyUnderTest.ReadToEndAsync(upstream));
        var answer = new byte[1 << 20];
        Random.Shared.NextBytes(answer);
        await upstream.SendAsync(answer);
        upstream.Shutdown(SocketShutdown.Send);

        Assert.Equal(Encoding.Latin1.GetString(answer), await ProxyUnderTest.ReadToEndAsync(client));
        await proxy.Component.CloseSessionAsync(proxy.Session.Id);
        var closed = Assert.Single(proxy.Component.Records(), record => record.Kind == "tunnel.closed");
        Assert.Equal((8, answer.Length, "ended"), (closed.Number("bytesUp"), closed.Number("bytesDown"), closed.Facts["why"]));
    }

    [Fact]
    public async Task Session_Closed_CutsItsTunnels()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        await using var proxy = await ProxyUnderTest.StartAsync($"- {{ host: 127.0.0.1, ports: [{port}], allowPrivate: true }}");
        using var client = await proxy.Session.ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n"));
        using var upstream = await listener.AcceptSocketAsync();
        await ReadSomeAsync(client);

        await proxy.Component.CloseSessionAsync(proxy.Session.Id, "killed");

        Assert.Equal("", await ProxyUnderTest.ReadToEndAsync(client));
        Assert.Equal("", await ProxyUnderTest.ReadToEndAsync(upstream));
        await Assert.ThrowsAnyAsync<SocketException>(() => proxy.Session.ConnectAsync());
    }

    [Fact]
    public async Task Destination_AllowedButDown_IsBadGateway()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        listener.Stop();
        await using var proxy = await ProxyUnderTest.StartAsync($"- {{ host: 127.0.0.1, ports: [{port}], allowPrivate: true }}");

        var response = await proxy.SendRawAsync($"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n\r\n");

        Assert.Equal((502, "upstream_unreachable"), (ProxyUnderTest.StatusOf(response), ProxyUnderTest.ErrorOf(response).GetProperty("reason").GetString()));
        Assert.True(Assert.Single(proxy.Decisions()).IsAllowed);
    }

    private static async Task<string> ReadSomeAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var buffer = new byte[4096];
        return Encoding.Latin1.GetString(buffer, 0, await socket.ReceiveAsync(buffer, SocketFlags.None, limit.Token));
    }
}

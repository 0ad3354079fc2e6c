using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Tls;

/// <summary>Each refused row passes with <c>opaque</c>, byte for byte: the control arm of the whole table.</summary>
public sealed class HelloTableTests
{
    private const int TlsPort = 10443;

    public static TheoryData<string, string?, string?> Rows => new()
    {
        // first bytes, reason on a port of TLS, reason elsewhere
        { "own name", null, null },
        { "own name in capitals", null, null },
        { "own name, padded", null, null },
        { "own name, split", null, null },
        { "own name, single bytes", null, null },
        { "other name", "host_mismatch", "host_mismatch" },
        { "name below", "host_mismatch", "host_mismatch" },
        { "other name, split", "host_mismatch", "host_mismatch" },
        { "other name, split in the header", "host_mismatch", "host_mismatch" },
        { "other name, single bytes", "host_mismatch", "host_mismatch" },
        { "no name", "sni_missing", "sni_missing" },
        { "no name, split", "sni_missing", "sni_missing" },
        { "address", "sni_missing", "sni_missing" },
        { "hidden name", "ech_not_allowed", "ech_not_allowed" },
        { "hidden name, old form", "ech_not_allowed", "ech_not_allowed" },
        { "hidden name, single bytes", "ech_not_allowed", "ech_not_allowed" },
        { "own name, two names", "request_malformed", "request_malformed" },
        { "cut", "request_malformed", "request_malformed" },
        { "oversized", "request_malformed", "request_malformed" },
        { "empty record", "request_malformed", "request_malformed" },
        { "not a hello", "request_malformed", "request_malformed" },
        { "two messages", "request_malformed", "request_malformed" },
        { "alert first", "tls_required", null },
        { "http", "tls_required", null },
        { "ssh", "tls_required", null },
    };

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Hello_OnAPortOfTls_IsJudged(string hello, string? onTlsPort, string? elsewhere)
    {
        _ = elsewhere;
        await PlayAsync(hello, TlsPort, "", onTlsPort);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Hello_OnAnotherPort_IsJudgedWhenItIsTls(string hello, string? onTlsPort, string? elsewhere)
    {
        _ = onTlsPort;
        await PlayAsync(hello, 0, "", elsewhere);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public async Task Hello_WhereTheRuleSaysOpaque_PassesAsItIs(string hello, string? onTlsPort, string? elsewhere)
    {
        _ = (onTlsPort, elsewhere);
        await PlayAsync(hello, TlsPort, ", opaque: true", null);
    }

    [Fact]
    public async Task Hello_NeverFinished_IsDroppedInTime()
    {
        using var listener = Listen(TlsPort);
        await using var proxy = await StartAsync(listener, "", ("EgressProxy:HeadTimeout", "00:00:00.3"));
        using var client = await OpenAsync(proxy, listener);
        using var upstream = await listener.AcceptSocketAsync();
        await client.SendAsync(Hellos.Make("cut")[0]);

        Assert.Equal(("", ""), (await ProxyUnderTest.ReadToEndAsync(client), await ProxyUnderTest.ReadToEndAsync(upstream)));
    }

    [Fact]
    public async Task Server_ThatSpeaksFirst_IsHeardWhereTlsIsNotDemanded()
    {
        using var listener = Listen(0);
        await using var proxy = await StartAsync(listener, "");
        using var client = await OpenAsync(proxy, listener);
        using var upstream = await listener.AcceptSocketAsync();
        await upstream.SendAsync("220 ready\r\n"u8.ToArray());
        upstream.Shutdown(SocketShutdown.Send);

        Assert.Equal("220 ready\r\n", await ProxyUnderTest.ReadToEndAsync(client));
    }

    [Fact]
    public async Task RealTls_WithTheHostsName_WorksAndWithAnotherGetsAnAlert()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();

        Assert.True(await HandshakeAsync("origin.test"));
        await Assert.ThrowsAnyAsync<Exception>(() => HandshakeAsync("other.test"));
        Assert.Equal(["allowed_by_rule", "allowed_by_rule", "host_mismatch"], proxy.Decisions().Select(record => record.Reason));
        Assert.Equal("other.test", proxy.Decisions()[2].Facts["serverName"]);

        async Task<bool> HandshakeAsync(string name)
        {
            var socket = await proxy.Session.ConnectAsync();
            await socket.SendAsync(Encoding.ASCII.GetBytes($"CONNECT origin.test:{proxy.Origin.HttpsPort} HTTP/1.1\r\n\r\n"));
            await ReadHeadAsync(socket);
            await using var tls = new SslStream(new NetworkStream(socket, ownsSocket: true), false, (_, certificate, _, _) => certificate?.Subject == "CN=origin.test");
            await tls.AuthenticateAsClientAsync(name);
            return tls.SslProtocol >= SslProtocols.Tls12;
        }
    }

    private static async Task PlayAsync(string hello, int port, string more, string? reason)
    {
        var writes = Hellos.Make(hello);
        using var listener = Listen(port);
        await using var proxy = await StartAsync(listener, more);
        using var client = await OpenAsync(proxy, listener);
        using var upstream = await listener.AcceptSocketAsync();
        var arrived = ProxyUnderTest.ReadToEndAsync(upstream);
        try
        {
            foreach (var bytes in writes)
            {
                await client.SendAsync(bytes);
            }

            client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException) when (reason is not null)
        {
            // Refused before it had sent everything.
        }

        Assert.Equal(reason is null ? Encoding.Latin1.GetString([.. writes.SelectMany(bytes => bytes)]) : "", await arrived);
        upstream.Close();
        var answer = await ProxyUnderTest.ReadToEndAsync(client);
        Assert.Equal(reason is null or "tls_required" ? "" : "\x15\x03\x03\0\x02\x02\x31", answer);
        Assert.Equal(reason is null ? ["allowed_by_rule"] : ["allowed_by_rule", reason], proxy.Decisions().Select(record => record.Reason));
        if (reason is not null)
        {
            Assert.Equal(("tls", false), (proxy.Decisions()[1].Facts["via"], proxy.Decisions()[1].IsAllowed));
        }
    }

    /// <summary>A loopback address of its own, so that a well-known port is free.</summary>
    private static TcpListener Listen(int port)
    {
        var address = new IPAddress([127, (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255), (byte)Random.Shared.Next(1, 255)]);
        var listener = new TcpListener(address, port);
        listener.Start();
        return listener;
    }

    private static async Task<ProxyUnderTest> StartAsync(TcpListener listener, string more, params (string Key, string Value)[] settings)
    {
        var at = (IPEndPoint)listener.LocalEndpoint;
        var proxy = await ProxyUnderTest.StartAsync($"- {{ host: origin.test, ports: [{at.Port}], allowPrivate: true{more} }}", settings: settings);
        proxy.Resolver.Answer("origin.test", [at.Address.ToString()]);
        return proxy;
    }

    private static async Task<Socket> OpenAsync(ProxyUnderTest proxy, TcpListener listener)
    {
        var client = await proxy.Session.ConnectAsync();
        await client.SendAsync(Encoding.ASCII.GetBytes($"CONNECT origin.test:{((IPEndPoint)listener.LocalEndpoint).Port} HTTP/1.1\r\n\r\n"));
        Assert.StartsWith("HTTP/1.1 200 ", await ReadHeadAsync(client), StringComparison.Ordinal);
        return client;
    }

    /// <summary>Exactly the head: what follows it is the tunnel's.</summary>
    private static async Task<string> ReadHeadAsync(Socket socket)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var head = new StringBuilder();
        var unit = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await socket.ReceiveAsync(unit, SocketFlags.None, limit.Token) > 0)
        {
            head.Append((char)unit[0]);
        }

        return head.ToString();
    }
}

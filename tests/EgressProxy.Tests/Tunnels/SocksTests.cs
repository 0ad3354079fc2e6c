using System.Net;
using System.Net.Sockets;
using System.Text;
using SecureAgent.EgressProxy.Tests.Support;

namespace SecureAgent.EgressProxy.Tests.Tunnels;

public sealed class SocksTests
{
    [Theory]
    [InlineData("https")]
    [InlineData("http")]
    public async Task Origin_ByName_IsReachedThroughSocks(string scheme)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler
        {
            Proxy = new WebProxy("socks5://proxy.test:3128"),
            UseProxy = true,
            SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=origin.test" },
            ConnectCallback = async (_, _) => new NetworkStream(await proxy.Session.ConnectAsync(), ownsSocket: true),
        });
        var port = scheme == "https" ? proxy.Origin.HttpsPort : proxy.Origin.HttpPort;

        Assert.Equal("origin:", await client.GetStringAsync(new Uri($"{scheme}://origin.test:{port}/")));
        var record = Assert.Single(proxy.Decisions());
        Assert.Equal((true, $"origin.test:{port}", "socks", "127.0.0.1"), (record.IsAllowed, record.Subject, record.Facts["via"], record.Facts["address"]));
        Assert.Equal(["origin.test"], proxy.Resolver.Queries);
    }

    // Each differs in one thing from the first row.
    [Theory]
    [InlineData("050100", "05010003 NAME PORT", "0500 05000001000000000000", null)]
    [InlineData("050102", "", "05ff", "request_malformed")]
    [InlineData("0500", "", "05ff", "request_malformed")]
    [InlineData("050100", "05020003 NAME PORT", "0500 05070001000000000000", "method_not_allowed")]
    [InlineData("050100", "05030003 NAME PORT", "0500 05070001000000000000", "method_not_allowed")]
    [InlineData("050100", "05000003 NAME PORT", "0500 05070001000000000000", "method_not_allowed")]
    [InlineData("050100", "05010003 NAME 0000", "0500 05010001000000000000", "request_malformed")]
    [InlineData("050100", "05010003 NAME 0001", "0500 05020001000000000000", "port_not_allowed")]
    [InlineData("050100", "05010005 NAME PORT", "0500 05010001000000000000", "request_malformed")]
    [InlineData("050100", "04010003 NAME PORT", "0500 05010001000000000000", "request_malformed")]
    [InlineData("050100", "05010003 0a6f746865722e74657374 PORT", "0500 05020001000000000000", "no_rule")]
    [InlineData("050100", "05010003 0d6f726967696e2e74657374007800 PORT", "0500 05010001000000000000", "request_malformed")]
    [InlineData("050100", "05010003 06307837662e31 PORT", "0500 05020001000000000000", "host_invalid")]
    [InlineData("050100", "05010001 7f000001 PORT", "0500 05020001000000000000", "no_rule")]
    [InlineData("050100", "05010001 a9fea9fe 0050", "0500 05020001000000000000", "no_rule")]
    [InlineData("050100", "05010004 00000000000000000000ffff7f000001 PORT", "0500 05020001000000000000", "no_rule")]
    public async Task Request_ThatIsNotAllowed_GetsACodeAndOneRecord(string greeting, string request, string answer, string? reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        request = request.Replace("NAME", $"0b{Convert.ToHexString("origin.test"u8)}", StringComparison.Ordinal)
            .Replace("PORT", $"{proxy.Origin.HttpPort:x4}", StringComparison.Ordinal);

        var response = await proxy.SendRawAsync(Encoding.Latin1.GetString(Bytes(greeting + request)));

        Assert.Equal(Convert.ToHexString(Bytes(answer)), Convert.ToHexString(Encoding.Latin1.GetBytes(response)));
        Assert.Equal(reason ?? "allowed_by_rule", Assert.Single(proxy.Decisions()).Reason);
        Assert.Equal(reason is null ? 1 : 0, proxy.Resolver.Queries.Count);
    }

    [Fact]
    public async Task Request_InSingleBytes_IsReadWhole()
    {
        await using var proxy = await ProxyUnderTest.StartAsync();
        using var socket = await proxy.Session.ConnectAsync();

        byte[] bytes = [5, 1, 0, 5, 1, 0, 3, 11, .. "origin.test"u8, (byte)(proxy.Origin.HttpPort >> 8), (byte)proxy.Origin.HttpPort, .. "GET / HTTP/1.0\r\n\r\n"u8];
        foreach (var unit in bytes)
        {
            await socket.SendAsync(new[] { unit });
        }

        Assert.Contains("origin:", await ProxyUnderTest.ReadToEndAsync(socket), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_WhereACredentialIsAdded_IsRefused()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(
            "- { host: origin.test, ports: [HTTP], inject: key, allowPrivate: true }",
            "secrets:\n  key: { embedded: key, deliver: { header: x-api-key, host: origin.test } }");

        byte[] bytes = [5, 1, 0, 5, 1, 0, 3, 11, .. "origin.test"u8, (byte)(proxy.Origin.HttpPort >> 8), (byte)proxy.Origin.HttpPort];
        await proxy.SendRawAsync(Encoding.Latin1.GetString(bytes));

        Assert.Equal("scheme_not_allowed", Assert.Single(proxy.Decisions()).Reason);
        Assert.Empty(proxy.Origin.Requests);
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
}

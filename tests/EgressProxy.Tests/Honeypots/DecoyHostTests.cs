using System.Globalization;
using System.Net.Sockets;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Tests.Honeypots;

/// <summary>Hosts that no task asks for: an alarm where the profile says so, an ordinary refusal where it does not.</summary>
public sealed class DecoyHostTests
{
    private const string Rules = """
        - { host: origin.test, ports: [HTTP], allowPrivate: true }
        - { host: kubernetes.default.svc, ports: [HTTP], allowPrivate: true }
        """;

    private const string Decoys = "honeypots: [hosts]";

    public static TheoryData<string> Requests => new()
    {
        "CONNECT 169.254.169.254:80 HTTP/1.1\r\n\r\n",
        "CONNECT [::ffff:169.254.169.254]:80 HTTP/1.1\r\n\r\n",
        "CONNECT [fd00:ec2::254]:80 HTTP/1.1\r\n\r\n",
        "CONNECT Metadata.Google.Internal.:443 HTTP/1.1\r\n\r\n",
        "GET http://169.254.169.254/latest/meta-data/ HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n",
        "GET http://kubernetes.default/ HTTP/1.1\r\nHost: kubernetes.default\r\n\r\n",
        "\x05\x01\0\x05\x01\0\x03\x0dinstance-data\0\x50",
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Decoy_AskedFor_FreezesTheSession(string request)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Decoys);

        await SendAsync(proxy, request);

        var alarm = await AlarmAsync(proxy);
        Assert.Single(proxy.Component.Records(), record => record.Reason is not null);
        Assert.Equal(("alarm", "egress", false), (alarm.Kind, alarm.Plane, alarm.IsAllowed));
        Assert.Empty(proxy.Resolver.Queries);
        Assert.Equal("", await SendAsync(proxy, Ask(proxy, "origin.test")));
        Assert.Empty(proxy.Origin.Requests);
    }

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Decoy_WhereNoneAreLaid_IsRefusedAndTheSessionGoesOn(string request)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules);

        await proxy.SendRawAsync(request.Replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n", StringComparison.Ordinal), finish: false);

        Assert.Equal("no_rule", Assert.Single(proxy.Decisions()).Reason);
        Assert.Equal(200, ProxyUnderTest.StatusOf(await proxy.SendRawAsync(Ask(proxy, "origin.test"), finish: false)));
    }

    [Fact]
    public async Task Host_ThatARuleNames_IsNoDecoy()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, Decoys);
        proxy.Resolver.Answer("kubernetes.default.svc", ["127.0.0.1"]);

        var reached = await proxy.SendRawAsync(Ask(proxy, "kubernetes.default.svc"), finish: false);
        var otherPort = await proxy.SendRawAsync("CONNECT kubernetes.default.svc:443 HTTP/1.1\r\n\r\n", finish: false);

        Assert.Equal((200, 403), (ProxyUnderTest.StatusOf(reached), ProxyUnderTest.StatusOf(otherPort)));
        Assert.Equal(["allowed_by_rule", "port_not_allowed"], proxy.Decisions().Select(record => record.Reason));
    }

    /// <summary>Empty when the connection was cut before it was served.</summary>
    private static async Task<string> SendAsync(ProxyUnderTest proxy, string bytes)
    {
        try
        {
            return await proxy.SendRawAsync(bytes, finish: false);
        }
        catch (SocketException)
        {
            return "";
        }
    }

    /// <summary>The connection is cut before the record is written.</summary>
    private static async Task<AuditRecord> AlarmAsync(ProxyUnderTest proxy)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60); await Task.Yield())
        {
            if (proxy.Component.Records().FirstOrDefault(record => record.Reason == "honeypot_touched") is { } alarm)
            {
                return alarm;
            }
        }

        throw new TimeoutException("There is no alarm on record.");
    }

    private static string Ask(ProxyUnderTest proxy, string host)
    {
        var authority = string.Create(CultureInfo.InvariantCulture, $"{host}:{proxy.Origin.HttpPort}");
        return $"GET http://{authority}/ HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\r\n";
    }
}

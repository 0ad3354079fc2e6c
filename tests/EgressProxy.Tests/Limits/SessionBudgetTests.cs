using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.EgressProxy.Tests.Inspection;
using SecureAgent.EgressProxy.Tests.Support;
using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Tests.Limits;

/// <summary>What one session may use of its way out, over all protocols together.</summary>
public sealed class SessionBudgetTests
{
    private const string Rules = """
        - { host: origin.test, ports: [HTTP], allowPrivate: true }
        - { host: origin.test, ports: [HTTPS], allowPrivate: true, inspect: { methods: [GET, POST], paths: [/**] } }
        """;

    [Theory]
    [InlineData("total: 2", "budget_exceeded")]
    [InlineData("perMinute: 2", "rate_limited")]
    public async Task Flows_BeyondTheBudget_AreRefusedOnEveryWay_AndRecordedOnce(string budget, string reason)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, $"egressBudget: {{ {budget} }}");
        Assert.Equal(200, ProxyUnderTest.StatusOf(await GetAsync(proxy)));
        Assert.Equal(403, ProxyUnderTest.StatusOf(await proxy.SendRawAsync("CONNECT unknown.test:443 HTTP/1.1\r\n\r\n")));

        var http = await GetAsync(proxy);
        var connect = await proxy.SendRawAsync($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n");
        var malformed = await proxy.SendRawAsync("CONNECT origin test HTTP/1.1\r\n\r\n");
        var socks = await SocksAsync(proxy);

        Assert.All([http, connect, malformed], answer => Assert.Equal((429, reason), (ProxyUnderTest.StatusOf(answer), ProxyUnderTest.ErrorOf(answer).GetProperty("reason").GetString())));
        Assert.StartsWith("\x05\0\x05\x02", socks, StringComparison.Ordinal);
        Assert.Single(proxy.Origin.Requests);
        Assert.Equal(["allowed_by_rule", "no_rule", reason], proxy.Decisions().Select(record => record.Reason));
        Assert.Equal(budget.Split(':')[0], proxy.Decisions()[^1].Facts["budget"]);
    }

    [Fact]
    public async Task Flows_AtOneTime_AreBounded_AndMakeRoomWhenTheyEnd()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "egressBudget: { concurrent: 1 }");
        using (var tunnel = await proxy.Session.ConnectAsync())
        {
            await tunnel.SendAsync(Encoding.ASCII.GetBytes($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\n"));
            var answer = new byte[512];
            Assert.StartsWith("HTTP/1.1 200 ", Encoding.ASCII.GetString(answer, 0, await tunnel.ReceiveAsync(answer)), StringComparison.Ordinal);

            Assert.Equal("connections_exceeded", ProxyUnderTest.ErrorOf(await GetAsync(proxy)).GetProperty("reason").GetString());
        }

        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (ProxyUnderTest.StatusOf(await GetAsync(proxy)) != 200)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    [Theory]
    [InlineData("upload: 20KB", false)]
    [InlineData("upload: 20KB", true)]
    [InlineData("download: 20KB", false)]
    [InlineData("download: 20KB", true)]
    public async Task Bytes_BeyondTheBudget_DoNotPass_AndNothingAfterThem(string budget, bool tls)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, $"egressBudget: {{ {budget} }}");
        using var client = new HttpClient(proxy.TrustingHandler());
        var small = tls ? InspectionTests.Url(proxy, "/v1/a") : new Uri($"http://origin.test:{proxy.Origin.HttpPort}/v1/a");
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(small)).StatusCode);
        var isUpload = budget.StartsWith('u');

        var big = async () => isUpload
            ? await (await client.PostAsync(small, new ByteArrayContent(new byte[100_000]))).EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync()
            : await client.GetByteArrayAsync(new Uri(small, "/v1/length/100000"));

        // Refused where the limit was met before the answer began, else cut in the middle of it.
        Assert.True(await Record.ExceptionAsync(big) is HttpRequestException or IOException);
        Assert.DoesNotContain(proxy.Origin.Requests, request => request.Body.Length >= 100_000);
        await RecordedAsync(proxy, "egress.cut", "budget_exceeded");
        Assert.Equal("budget_exceeded", ProxyUnderTest.ErrorOf(await GetAsync(proxy)).GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("upload: 10B")]
    [InlineData("download: 10B")]
    public async Task Tunnel_ThatIsOutOfBytes_IsCut(string budget)
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, $"egressBudget: {{ {budget} }}");

        var answer = await proxy.SendRawAsync($"CONNECT origin.test:{proxy.Origin.HttpPort} HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\nHost: origin.test\r\n\r\n", finish: false);

        Assert.Equal("HTTP/1.1 200 Connection Established\r\n\r\n", answer);
        Assert.Equal(budget.StartsWith('u') ? 0 : 1, proxy.Origin.Requests.Count);
        await RecordedAsync(proxy, "tunnel.closed", "budget_exceeded");
    }

    [Fact]
    public async Task Budget_ThatTheOperatorRaises_LetsTheSessionGoOn_AndItsUseIsOnRecord()
    {
        await using var proxy = await ProxyUnderTest.StartAsync(Rules, "egressBudget: { total: 1 }");
        await GetAsync(proxy);
        Assert.Equal(429, ProxyUnderTest.StatusOf(await GetAsync(proxy)));

        await proxy.Component.ChangePolicyAsync(proxy.Policy(Rules, "egressBudget: { total: 2 }"));

        Assert.Equal(200, ProxyUnderTest.StatusOf(await GetAsync(proxy)));
        await proxy.Component.CloseSessionAsync(proxy.Session.Id);
        var used = Assert.Single(proxy.Component.Records(), record => record.Kind == "egress.used").Facts;
        Assert.Equal(("2", "1"), (used["flows"], used["refused"]));
    }

    [Fact]
    public void Refusals_AreRecordedOnceAMinute_WithTheNumberOfThoseThatWereNot()
    {
        var time = new FakeTimeProvider();
        var profile = new Profile("p", 1) { EgressBudget = EgressBudget.None with { PerMinute = 2, Concurrent = 1 } };
        var budget = new SessionBudget(() => profile, time);
        budget.Enter().Dispose();
        var last = budget.Enter();

        var refused = Enumerable.Range(0, 3).Select(_ => budget.Enter().Refused).ToList();
        time.Advance(TimeSpan.FromMinutes(1));
        var other = budget.Enter().Refused;
        last.Dispose();
        using (budget.Enter())
        {
        }

        using var second = budget.Enter();
        var later = budget.Enter().Refused;

        Assert.Equal([("perMinute", true, 0L), ("perMinute", false, 0L), ("perMinute", false, 0L)], refused.Select(spent => (spent!.Budget, spent.IsRecorded, spent.Unrecorded)));
        Assert.Equal(("concurrent", true, 0L), (other!.Budget, other.IsRecorded, other.Unrecorded));
        Assert.Equal(("perMinute", true, 2L), (later!.Budget, later.IsRecorded, later.Unrecorded));
        Assert.Equal((4, 5), (budget.Flows, budget.Refused));
    }

    private static Task<string> GetAsync(ProxyUnderTest proxy) =>
        proxy.SendRawAsync($"GET http://origin.test:{proxy.Origin.HttpPort}/ HTTP/1.1\r\nHost: origin.test:{proxy.Origin.HttpPort}\r\nConnection: close\r\n\r\n", finish: false);

    private static async Task<string> SocksAsync(ProxyUnderTest proxy)
    {
        var port = proxy.Origin.HttpPort;
        return await proxy.SendRawAsync($"\x05\x01\0\x05\x01\0\x03\x0borigin.test{(char)(port >> 8)}{(char)(port & 0xff)}");
    }

    private static async Task RecordedAsync(ProxyUnderTest proxy, string kind, string why)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!proxy.Component.Records().Any(record => record.Kind == kind && record.Facts["why"] == why))
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.SecretBroker.Tests.Vault;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;

namespace SecureAgent.SecretBroker.Tests.Honeypots;

/// <summary>Secrets that exist only to be asked for.</summary>
public sealed class SecretHoneypotTests : IAsyncLifetime
{
    private const int Runs = 500;
    private const int LeasesEach = 3;

    private StoreOfTest store = null!;

    public async ValueTask InitializeAsync() => store = await StoreOfTest.StartAsync(Document);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task Decoys_AreShown_AndLookingAtTheListAloneIsNoAlarm()
    {
        await using var broker = await StartAsync();
        await using var session = await OpenAsync(broker);

        var keys = JsonNode.Parse(await session.Http.GetStringAsync("v1/secret/metadata?list=true"))!["data"]!["keys"]!.AsArray().Select(key => (string)key!).ToList();

        Assert.Equal(["aws-root", "github-admin", "kubernetes-admin", "production-database", "stripe-live"], keys);
        await broker.DrawAsync(User());
    }

    [Fact]
    public async Task AskingForOne_BySandboxOrGate_FreezesTheSession_AndGivesNothing()
    {
        await using var broker = await StartAsync();
        await using var session = await OpenAsync(broker);
        await broker.DrawAsync(User());
        await AskAsync(session);
        await UntilAsync(() => store.Fake.State.Leases.IsEmpty);

        var record = Assert.Single(broker.Component.Records(), record => record.Kind == AuditKinds.Alarm);
        Assert.Equal(("aws-root", "honeypot_touched", "agent"), (record.Subject, record.Reason, record.Facts["caller"]));
        Assert.Equal((StatusCode.PermissionDenied, "session_frozen"), await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy)));

        await using var other = await OpenAsync(broker, "s-gate");
        await broker.DrawAsync(User("s-gate"));
        Assert.Equal(
            (StatusCode.PermissionDenied, "honeypot_touched"), await broker.RefusalAsync(BrokerUnderTest.Request("stripe-live", session: "s-gate"), broker.As(ComponentNames.EgressProxy)));
        Assert.Empty(store.Fake.State.Leases);
    }

    [Fact]
    public async Task SameName_WithoutHoneypots_IsAnUnknownSecretAndNoAlarm()
    {
        await using var broker = await StartAsync();
        await using var session = await OpenAsync(broker, profile: "plain");
        await broker.DrawAsync(User());

        Assert.Equal("secret_unknown", (await broker.RefusalAsync(BrokerUnderTest.Request("aws-root"), broker.As(ComponentNames.EgressProxy))).Reason);

        Assert.DoesNotContain(broker.Component.Records(), record => record.Kind == AuditKinds.Alarm);
        Assert.Single(store.Fake.State.Leases);
        await broker.DrawAsync(User());
    }

    [Fact]
    public async Task SecretOfTheProfile_WithADecoysName_IsNoDecoy()
    {
        await using var broker = await StartAsync();
        await using var session = await OpenAsync(broker, profile: "named");

        Assert.Equal(HttpStatusCode.OK, (await session.Http.GetAsync("v1/secret/data/aws-root")).StatusCode);
        await AskAsync(session, "stripe-live");
        await UntilAsync(() => broker.Component.Records().Any(record => record.Kind == AuditKinds.Alarm));
    }

    [Fact]
    public async Task FromTripToRevoked_500Times_Takes250MillisecondsAtMost()
    {
        await using var broker = await StartAsync();
        var times = new List<TimeSpan>(Runs);
        for (var run = 0; run < Runs; run++)
        {
            var id = $"s-{run}";
            await using var session = await OpenAsync(broker, id);
            for (var lease = 0; lease < LeasesEach; lease++)
            {
                await broker.DrawAsync(User(id));
            }

            Assert.Equal(LeasesEach, store.Fake.State.Leases.Count);
            var began = Stopwatch.GetTimestamp();
            var asking = AskAsync(session);
            await UntilAsync(() => store.Fake.State.Leases.IsEmpty);
            times.Add(Stopwatch.GetElapsedTime(began));
            await asking;
        }

        times.Sort();
        var p99 = times[(Runs * 99 / 100) - 1];
        TestContext.Current.TestOutputHelper?.WriteLine($"trip to revoked over {Runs} runs of {LeasesEach} leases: p50 {times[Runs / 2].TotalMilliseconds:0.0} ms, p99 {p99.TotalMilliseconds:0.0} ms");
        Assert.True(p99 <= TimeSpan.FromMilliseconds(250), $"p99 {p99.TotalMilliseconds:0.0} ms");
    }

    /// <summary>Either the refusal arrives, or the connection is cut before it does; nothing else may come back.</summary>
    private static async Task AskAsync(TestSession session, string name = "aws-root")
    {
        try
        {
            using var answer = await session.Http.GetAsync($"v1/secret/data/{name}");
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        }
        catch (HttpRequestException)
        {
            // Cut by the freeze.
        }
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        while (!holds())
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private const string Secrets = """
            egress:
              - { host: db.example.com, ports: [80], inject: user }
            secrets:
              user: { vault: "database/creds/reader#password", deliver: { header: x-password, host: db.example.com } }
        """;

    private const string Document = $$"""
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            honeypots: [secrets]
        {{Secrets}}
          plain:
        {{Secrets}}
          named:
            honeypots: [secrets]
            secrets:
              aws-root: { vault: "secret/ai/x#token", deliver: agent }
        """;

    private static Contracts.Broker.V1.DrawRequest User(string session = BrokerUnderTest.Session) => BrokerUnderTest.Request("user", "db.example.com", session: session);

    private static Task<TestSession> OpenAsync(BrokerUnderTest broker, string id = BrokerUnderTest.Session, string profile = "default") =>
        broker.Component.OpenSessionAsync(Document, profile, id: id);

    private Task<BrokerUnderTest> StartAsync() => store.StartBrokerAsync();
}

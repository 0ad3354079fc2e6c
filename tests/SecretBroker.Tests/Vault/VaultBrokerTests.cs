using System.Diagnostics;
using System.Text.Json.Nodes;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Policy;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Tests.Vault;

public sealed class VaultBrokerTests : IAsyncLifetime
{
    internal const string Document = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            egress:
              - { host: api.example.com, ports: [80], inject: model }
              - { host: db.example.com, ports: [80], inject: user }
              - { host: db.example.com, ports: [81], inject: brief }
            secrets:
              model: { vault: "secret/ai/x#token", deliver: { header: x-api-key, host: api.example.com } }
              user: { vault: "database/creds/reader#password", deliver: { header: x-password, host: db.example.com }, ttl: 15m }
              brief: { vault: "database/creds/reader#password", deliver: { header: x-password, host: db.example.com }, ttl: 1s }
        """;

    private readonly string token = Path.Combine(Directory.CreateTempSubdirectory("sa-token-").FullName, "token");
    private FakeVault fake = null!;

    public async ValueTask InitializeAsync()
    {
        fake = await FakeVault.StartAsync();
        fake.State.Tokens["limited"] = new FakeToken(["default", "broker"], 3600, true);
        fake.State.Put("secret/data/ai/x", new JsonObject { ["token"] = "kv-value-0123456789" });
        await File.WriteAllTextAsync(token, "limited");
    }

    public async ValueTask DisposeAsync()
    {
        await fake.DisposeAsync();
        Directory.Delete(Path.GetDirectoryName(token)!, recursive: true);
    }

    [Fact]
    public async Task Secret_InVault_IsLeasedAndANewVersionIsServedAtOnce()
    {
        await using var broker = await StartAsync();

        Assert.Equal("kv-value-0123456789", (await broker.DrawAsync()).Value.ToStringUtf8());
        fake.State.Put("secret/data/ai/x", new JsonObject { ["token"] = "two" });
        Assert.Equal("two", (await broker.DrawAsync()).Value.ToStringUtf8());

        Assert.All(broker.Decisions(), record => Assert.Equal("vault", record.Facts["store"]));
        Assert.DoesNotContain("kv-value-0123456789", broker.AuditText(), StringComparison.Ordinal);
        fake.State.Delete("secret/data/ai/x");
        Assert.Equal((StatusCode.Unavailable, "secret_unavailable"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));
    }

    [Fact]
    public async Task Secret_WhileTheStoreIsSealed_IsUnavailable_AndServedAgainWithoutARestart()
    {
        await using var broker = await StartAsync();
        await broker.DrawAsync();

        fake.State.Sealed = true;
        Assert.Equal((StatusCode.Unavailable, "secret_unavailable"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));

        fake.State.Sealed = false;
        await broker.DrawAsync();
    }

    [Theory]
    [InlineData("ended")]
    [InlineData("killed")]
    [InlineData("alarm")]
    public async Task DatabaseUsers_OfASessionThatCloses_AreGoneAtTheStore(string reason)
    {
        await using var broker = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            await broker.DrawAsync(User());
        }

        Assert.Equal(20, fake.State.Leases.Count);
        await broker.Component.CloseSessionAsync(BrokerUnderTest.Session, reason);

        Assert.Empty(fake.State.Leases);
    }

    [Fact]
    public async Task DatabaseUsers_OfASessionWithAnAlarm_AreGoneAtTheStore_AndNoneIsMadeAfter()
    {
        await using var broker = await StartAsync();
        await broker.Component.OpenSessionAsync(Document, id: "s-other");
        Assert.True(broker.Component.Services.GetRequiredService<SessionRegistry>().TryGet(BrokerUnderTest.Session, out var session));
        for (var i = 0; i < 20; i++)
        {
            await broker.DrawAsync(User());
        }

        await broker.DrawAsync(BrokerUnderTest.Request("user", "db.example.com", session: "s-other"));
        var began = Stopwatch.GetTimestamp();
        await broker.Component.Services.GetRequiredService<SessionAlarms>().TripAsync(session, "secrets", "decoy", ReasonCode.HoneypotTouched);

        TestContext.Current.TestOutputHelper?.WriteLine($"trip to revoked: {Stopwatch.GetElapsedTime(began).TotalMilliseconds:0.0} ms");
        Assert.Single(fake.State.Leases);
        Assert.Equal((StatusCode.PermissionDenied, "session_frozen"), await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy)));
        Assert.Single(fake.State.Leases);
        await broker.DrawAsync(BrokerUnderTest.Request("user", "db.example.com", session: "s-other"));
    }

    [Fact]
    public async Task DatabaseUser_GivenBackByItsGate_IsGoneAtTheStore()
    {
        await using var broker = await StartAsync();
        var lease = await broker.DrawAsync(User());
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, broker.As(ComponentNames.InferenceGateway));
        Assert.Single(fake.State.Leases);

        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, broker.As(ComponentNames.EgressProxy));

        Assert.Empty(fake.State.Leases);
    }

    [Fact]
    public async Task Lease_ThatCouldNotBeRevoked_StopsNewOnesUntilItIs()
    {
        await using var broker = await StartAsync();
        var lease = await broker.DrawAsync(User());
        fake.State.Sealed = true;
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, broker.As(ComponentNames.EgressProxy));
        Assert.Single(fake.State.Leases);
        Assert.Equal("secret_unavailable", (await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy))).Reason);

        fake.State.Sealed = false;
        await broker.DrawAsync(User());

        Assert.DoesNotContain(fake.State.Leases.Keys, id => id.EndsWith("/1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Profile_WithAVaultAddress_IsRefusedByAServerWithoutOne()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var error = await Assert.ThrowsAsync<RpcException>(() => broker.Component.OpenSessionAsync(Document));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("VAULT_ADDR", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatNobodySaw_IsRevokedOnceNothingInUseLivesThere()
    {
        await using var broker = await StartAsync(("SecretBroker:Vault:Timeout", "00:00:01"));
        var leases = broker.Component.Services.GetRequiredService<StoreLeases>();
        var inUse = await broker.DrawAsync(User());
        fake.HoldAnswers = new TaskCompletionSource();
        Assert.Equal("secret_unavailable", (await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy))).Reason);
        Assert.Equal(2, fake.State.Leases.Count);
        fake.HoldAnswers.SetResult();
        fake.HoldAnswers = null;

        await leases.SweepAsync(default);
        Assert.Equal(2, fake.State.Leases.Count);
        await broker.DrawAsync(BrokerUnderTest.Request());
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = inUse.LeaseId }, broker.As(ComponentNames.EgressProxy));
        await leases.SweepAsync(default);

        Assert.Empty(fake.State.Leases);
        await broker.DrawAsync(User());
        Assert.Single(fake.State.Leases);
    }

    [Fact]
    public async Task Refusal_OfTheStore_LeavesNothingToRevoke()
    {
        await using var broker = await StartAsync();
        await broker.DrawAsync(User());
        fake.NextStatuses.Enqueue(400);
        Assert.Equal("secret_unavailable", (await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy))).Reason);

        await broker.Component.CloseSessionAsync(BrokerUnderTest.Session);
        await broker.Component.Services.GetRequiredService<StoreLeases>().SweepAsync(default);

        Assert.DoesNotContain(fake.Requests, request => request.Contains("revoke-prefix", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keeper_RenewsWhatIsHeld_AndRevokesWhatHasRunOut()
    {
        fake.State.LeaseSeconds = 2;
        await using var broker = await StartAsync();
        await broker.DrawAsync(User());
        await broker.DrawAsync(BrokerUnderTest.Request("brief", "db.example.com", 81));
        Assert.Equal(2, fake.State.Leases.Count);

        await UntilAsync(() => fake.Requests.Contains("POST sys/leases/renew") && fake.State.Leases.Count == 1);

        Assert.DoesNotContain(fake.State.Leases.Keys, id => id.EndsWith("/2", StringComparison.Ordinal));
        fake.State.Leases.Clear();
        await UntilAsync(() => fake.Requests.Contains("PUT sys/leases/revoke") && broker.Component.Services.GetRequiredService<LeaseJournal>().Live.Count == 0);
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        while (!holds())
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
    }

    private static DrawRequest User() => BrokerUnderTest.Request("user", "db.example.com");

    private async Task<BrokerUnderTest> StartAsync(params (string Key, string Value)[] settings)
    {
        var broker = await BrokerUnderTest.StartAsync(
            openSession: false, [("SecretBroker:Vault:Address", fake.Address), ("SecretBroker:Vault:TokenFile", token), .. settings]);
        await broker.Component.OpenSessionAsync(Document);
        return broker;
    }
}

using System.Diagnostics;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Policy;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>A broker on a store: the same tests against the fake and against a real one, whose database has real users.</summary>
public sealed class VaultBrokerTests
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

    public static MatrixTheoryData<string, string> Endings => new([VaultServer.Fake, VaultServer.Real], ["ended", "killed", "alarm"]);

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Secret_InVault_IsLeasedAndANewVersionIsServedAtOnce(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(Document, kind);
        await using var broker = await OpenAsync(store);

        Assert.Equal(StoreOfTest.Value, (await broker.DrawAsync()).Value.ToStringUtf8());
        await store.PutAsync("two");
        Assert.Equal("two", (await broker.DrawAsync()).Value.ToStringUtf8());

        Assert.All(broker.Decisions(), record => Assert.Equal("vault", record.Facts["store"]));
        Assert.DoesNotContain(StoreOfTest.Value, broker.AuditText(), StringComparison.Ordinal);
        await store.Server.DeleteAsync("ai/x");
        Assert.Equal((StatusCode.Unavailable, "secret_unavailable"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Secret_WhileTheStoreIsSealed_IsUnavailable_AndServedAgainWithoutARestart(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(Document, kind);
        await using var broker = await OpenAsync(store);
        await broker.DrawAsync();

        await store.Server.SealAsync();
        Assert.Equal((StatusCode.Unavailable, "secret_unavailable"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));

        await store.Server.UnsealAsync();
        await broker.DrawAsync();
    }

    [Theory]
    [MemberData(nameof(Endings))]
    public async Task DatabaseUsers_OfASessionThatCloses_AreGoneAtTheStore(string kind, string reason)
    {
        await using var store = await StoreOfTest.StartAsync(Document, kind);
        await store.UseDatabaseAsync();
        await using var broker = await OpenAsync(store);
        for (var i = 0; i < 20; i++)
        {
            await broker.DrawAsync(User());
        }

        Assert.Equal(20, await store.Server.LiveUsersAsync());
        await broker.Component.CloseSessionAsync(BrokerUnderTest.Session, reason);

        Assert.Equal(0, await store.Server.LiveUsersAsync());
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task DatabaseUsers_OfASessionWithAnAlarm_AreGoneAtTheStore_AndNoneIsMadeAfter(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(Document, kind);
        await store.UseDatabaseAsync();
        await using var broker = await OpenAsync(store);
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
        Assert.Equal(1, await store.Server.LiveUsersAsync());
        Assert.Equal((StatusCode.PermissionDenied, "session_frozen"), await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy)));
        Assert.Equal(1, await store.Server.LiveUsersAsync());
        await broker.DrawAsync(BrokerUnderTest.Request("user", "db.example.com", session: "s-other"));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task DatabaseUser_GivenBackByItsGate_IsGoneAtTheStore(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(Document, kind);
        await store.UseDatabaseAsync();
        await using var broker = await OpenAsync(store);
        var lease = await broker.DrawAsync(User());
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, broker.As(ComponentNames.InferenceGateway));
        Assert.Equal(1, await store.Server.LiveUsersAsync());

        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, broker.As(ComponentNames.EgressProxy));

        Assert.Equal(0, await store.Server.LiveUsersAsync());
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Lease_ThatCouldNotBeRevoked_StopsNewOnesUntilItIs(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(Document, kind);
        await store.UseDatabaseAsync();
        await using var broker = await OpenAsync(store);
        var lease = await broker.DrawAsync(User());
        await store.Server.SealAsync();
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = lease.LeaseId }, broker.As(ComponentNames.EgressProxy));
        Assert.Equal(1, await store.Server.LiveUsersAsync());
        Assert.Equal("secret_unavailable", (await broker.RefusalAsync(User(), broker.As(ComponentNames.EgressProxy))).Reason);

        await store.Server.UnsealAsync();
        await broker.DrawAsync(User());

        Assert.Equal(1, await store.Server.LiveUsersAsync());
    }

    internal static DrawRequest User() => BrokerUnderTest.Request("user", "db.example.com");

    internal static async Task<BrokerUnderTest> OpenAsync(StoreOfTest store, params (string Key, string Value)[] settings)
    {
        var broker = await store.StartBrokerAsync(settings);
        await broker.Component.OpenSessionAsync(Document);
        return broker;
    }
}

using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.SecretBroker.Leases;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>A broker on a store that fails as no real one can be made to.</summary>
public sealed class VaultBrokerFaultTests
{
    [Fact]
    public async Task Profile_WithAVaultAddress_IsRefusedByAServerWithoutOne()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var error = await Assert.ThrowsAsync<RpcException>(() => broker.Component.OpenSessionAsync(VaultBrokerTests.Document));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("VAULT_ADDR", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_ThatNobodySaw_IsRevokedOnceNothingInUseLivesThere()
    {
        await using var store = await StoreOfTest.StartAsync(VaultBrokerTests.Document);
        var fake = store.Fake;
        await using var broker = await VaultBrokerTests.OpenAsync(store, ("SecretBroker:Vault:Timeout", "00:00:01"));
        var leases = broker.Component.Services.GetRequiredService<StoreLeases>();
        var inUse = await broker.DrawAsync(VaultBrokerTests.User());
        fake.HoldAnswers = new TaskCompletionSource();
        Assert.Equal("secret_unavailable", (await broker.RefusalAsync(VaultBrokerTests.User(), broker.As(ComponentNames.EgressProxy))).Reason);
        Assert.Equal(2, fake.State.Leases.Count);
        fake.HoldAnswers.SetResult();
        fake.HoldAnswers = null;

        await leases.SweepAsync(default);
        Assert.Equal(2, fake.State.Leases.Count);
        await broker.DrawAsync(BrokerUnderTest.Request());
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = inUse.LeaseId }, broker.As(ComponentNames.EgressProxy));
        await leases.SweepAsync(default);

        Assert.Empty(fake.State.Leases);
        await broker.DrawAsync(VaultBrokerTests.User());
        Assert.Single(fake.State.Leases);
    }

    [Fact]
    public async Task Refusal_OfTheStore_LeavesNothingToRevoke()
    {
        await using var store = await StoreOfTest.StartAsync(VaultBrokerTests.Document);
        var fake = store.Fake;
        await using var broker = await VaultBrokerTests.OpenAsync(store);
        await broker.DrawAsync(VaultBrokerTests.User());
        fake.NextStatuses.Enqueue(400);
        Assert.Equal("secret_unavailable", (await broker.RefusalAsync(VaultBrokerTests.User(), broker.As(ComponentNames.EgressProxy))).Reason);

        await broker.Component.CloseSessionAsync(BrokerUnderTest.Session);
        await broker.Component.Services.GetRequiredService<StoreLeases>().SweepAsync(default);

        Assert.DoesNotContain(fake.Requests, request => request.Contains("revoke-prefix", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keeper_RenewsWhatIsHeld_AndRevokesWhatHasRunOut()
    {
        await using var store = await StoreOfTest.StartAsync(VaultBrokerTests.Document);
        var fake = store.Fake;
        fake.State.LeaseSeconds = 2;
        await using var broker = await VaultBrokerTests.OpenAsync(store);
        await broker.DrawAsync(VaultBrokerTests.User());
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
}

using Grpc.Core;
using SecureAgent.Contracts;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>A secret that a changed policy no longer gives: its leases end at the store before the change returns, others live on.</summary>
public sealed class PolicyRemovalTests
{
    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Secret_NoLongerGiven_IsRevokedAtTheStore_AndOthersLiveOn(string kind)
    {
        await using var store = await StoreOfTest.StartAsync(VaultBrokerTests.Document, kind);
        await store.UseDatabaseAsync();
        await using var broker = await VaultBrokerTests.OpenAsync(store);
        for (var i = 0; i < 5; i++)
        {
            await broker.DrawAsync(VaultBrokerTests.User());
        }

        await broker.Component.ChangePolicyAsync(VaultBrokerTests.Document + "\n");
        Assert.Equal(5, await store.Server.LiveUsersAsync());
        await broker.Component.ChangePolicyAsync(string.Join('\n', VaultBrokerTests.Document.Split('\n').Where(line => !line.Contains("user", StringComparison.Ordinal))));

        Assert.Equal(0, await store.Server.LiveUsersAsync());
        Assert.Equal("policy_changed", Assert.Single(broker.Component.Records(), record => record.Kind == "leases.revoked").Facts["why"]);
        Assert.Equal(StatusCode.PermissionDenied, (await broker.RefusalAsync(VaultBrokerTests.User(), broker.As(ComponentNames.EgressProxy))).Status);
        await broker.DrawAsync();
    }

    [Fact]
    public async Task Change_ToASecretInAVaultThatIsNotThere_IsRefused()
    {
        await using var broker = await BrokerUnderTest.StartAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => broker.Component.ChangePolicyAsync(VaultBrokerTests.Document));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("VAULT_ADDR", error.Status.Detail, StringComparison.Ordinal);
        await broker.DrawAsync();
    }
}

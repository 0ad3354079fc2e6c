using System.Text.Json.Nodes;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Engines;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>Every bad state has its one error, a bounded number of requests, and a way back without a restart.</summary>
public sealed class VaultFaultTests : IAsyncLifetime
{
    private FakeVault fake = null!;

    public async ValueTask InitializeAsync()
    {
        fake = await FakeVault.StartAsync();
        fake.State.Tokens["limited"] = new FakeToken(["default", "broker"], 3600, true);
        fake.State.Put("secret/data/x", new JsonObject { ["token"] = "y" });
    }

    public ValueTask DisposeAsync() => fake.DisposeAsync();

    [Theory]
    [InlineData(400, "Rejected", 1)]
    [InlineData(413, "TooLarge", 1)]
    [InlineData(418, "Unknown", 1)]
    [InlineData(301, "Redirected", 1)]
    [InlineData(307, "Redirected", 1)]
    [InlineData(473, "Standby", 1)]
    [InlineData(503, "Sealed", 1)]
    [InlineData(429, "RateLimited", 3)]
    [InlineData(500, "ServerFailed", 3)]
    [InlineData(502, "ServerFailed", 3)]
    public async Task Status_IsItsError_AndRepeatedOnlyWhenItMayPass(int status, string error, int requests)
    {
        using var vault = new VaultUnderTest(fake.Address);
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
        fake.Requests.Clear();
        for (var i = 0; i < requests; i++)
        {
            fake.NextStatuses.Enqueue(status);
        }

        var thrown = await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", "x", default));

        Assert.Equal((error, requests), (thrown.Error.ToString(), fake.Requests.Count));
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Fact]
    public async Task DatabaseUser_IsNeverAskedForTwice()
    {
        using var vault = new VaultUnderTest(fake.Address);
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
        fake.Requests.Clear();
        fake.NextStatuses.Enqueue(500);

        await Assert.ThrowsAsync<VaultException>(() => new DynamicEngine(vault.Client).DatabaseUserAsync("database", "creds/r", default));

        Assert.Single(fake.Requests);
        (await new DynamicEngine(vault.Client).DatabaseUserAsync("database", "creds/r", default)).Dispose();
    }

    [Fact]
    public async Task Store_SealedOrStandby_SaysSoAndRecovers()
    {
        using var vault = new VaultUnderTest(fake.Address);
        Assert.Equal(VaultState.Active, await VaultHealth.AskAsync(vault.Transport, default));

        fake.State.Sealed = true;
        Assert.Equal(VaultState.Sealed, await VaultHealth.AskAsync(vault.Transport, default));
        Assert.Equal(VaultError.Sealed, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);
        (fake.State.Sealed, fake.State.Standby) = (false, true);
        Assert.Equal(VaultState.Standby, await VaultHealth.AskAsync(vault.Transport, default));
        Assert.Equal(VaultError.Redirected, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);

        fake.State.Standby = false;
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Fact]
    public async Task Store_ThatDoesNotAnswer_IsATimeoutAndThenServesAgain()
    {
        using var vault = new VaultUnderTest(fake.Address, options => options.Timeout = TimeSpan.FromMilliseconds(300));
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
        fake.Hold = new TaskCompletionSource();

        Assert.Equal(VaultError.Timeout, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);

        fake.Hold.SetResult();
        fake.Hold = null;
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Fact]
    public async Task Store_ThatIsNotThere_IsUnreachable()
    {
        var gone = await FakeVault.StartAsync();
        var address = gone.Address;
        await gone.DisposeAsync();
        using var vault = new VaultUnderTest(address);

        Assert.Equal(VaultError.Unreachable, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);
    }

    [Fact]
    public async Task Namespace_IsSentWithEveryRequest()
    {
        fake.State.Namespace = "team";
        using var vault = new VaultUnderTest(fake.Address, options => options.Namespace = "team");
        using var other = new VaultUnderTest(fake.Address);

        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
        await Assert.ThrowsAsync<VaultException>(() => other.KeyValue.ReadVersionedAsync("secret", "x", default));
    }
}

using System.Text.Json.Nodes;
using SecureAgent.SecretBroker.Vault;

namespace SecureAgent.SecretBroker.Tests.Vault;

public sealed class VaultLoginTests : IAsyncLifetime
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
    [InlineData("AppRole", "secret-1", false, null)]
    [InlineData("AppRole", "wrong", false, "LoginFailed")]
    [InlineData("AppRole", "wrapped", true, null)]
    [InlineData("AppRole", "used", true, "LoginFailed")]
    [InlineData("Kubernetes", "a.b.c", false, null)]
    [InlineData("Kubernetes", "a.b.d", false, "LoginFailed")]
    [InlineData("Jwt", "a.b.c", false, null)]
    [InlineData("Jwt", "two words", false, "LoginFailed")]
    [InlineData("Token", "limited", false, null)]
    [InlineData("Token", "unknown", false, "LoginFailed")]
    [InlineData("Token", "", false, "LoginFailed")]
    [InlineData("Token", "root", false, "RootToken")]
    public async Task Login_WithACredential_ComesOutAs(string login, string credential, bool wrapped, string? error)
    {
        fake.State.Wrapped["wrapped"] = new JsonObject { ["secret_id"] = "secret-1" };
        using var files = new VaultUnderTest(fake.Address);
        using var vault = new VaultUnderTest(fake.Address, options =>
        {
            (options.Login, options.Role, options.SecretIdWrapped) = (Enum.Parse<VaultLogin>(login), "broker", wrapped);
            options.RoleIdFile = files.FileOf("role", "role-1\n");
            options.TokenFile = options.SecretIdFile = files.FileOf("credential", credential);
        });

        var thrown = await Record.ExceptionAsync(async () => (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose());

        Assert.Equal(error, (thrown as VaultException)?.Error.ToString());
        Assert.True(credential.Length == 0 || thrown is null || !thrown.ToString().Contains($"'{credential}'", StringComparison.Ordinal));
    }

    [Fact]
    public async Task RootToken_IsAcceptedByADevelopmentStoreAlone()
    {
        using var files = new VaultUnderTest(fake.Address);
        using var vault = new VaultUnderTest(fake.Address, options => (options.Dev, options.TokenFile) = (true, files.FileOf("t", "root")));

        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Fact]
    public async Task Token_ThatTheStoreLost_IsReplacedByALogin_AndADenialOfPolicyIsNot()
    {
        using var files = new VaultUnderTest(fake.Address);
        using var vault = new VaultUnderTest(fake.Address, options =>
        {
            (options.Login, options.Role, options.TokenFile) = (VaultLogin.Jwt, "broker", files.FileOf("jwt", "a.b.c"));
        });
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
        fake.State.Tokens.Clear();

        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();

        Assert.Equal(2, fake.Requests.Count(request => request.EndsWith("/login", StringComparison.Ordinal)));
        Assert.Equal(VaultError.Denied, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadAsync("forbidden", "x", default))).Error);
        Assert.Equal(2, fake.Requests.Count(request => request.EndsWith("/login", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Token_IsRenewedTwoThirdsIntoItsLife_AndReplacedWhenRenewalShrinks()
    {
        var clock = new SteppedTime();
        fake.State.LeaseSeconds = 900;
        using var files = new VaultUnderTest(fake.Address);
        using var vault = new VaultUnderTest(fake.Address, options =>
        {
            (options.Login, options.Role, options.TokenFile) = (VaultLogin.Jwt, "broker", files.FileOf("jwt", "a.b.c"));
        }, clock);
        await ReadAsync(vault);
        clock.Advance(TimeSpan.FromSeconds(590));
        await ReadAsync(vault);
        Assert.DoesNotContain("POST auth/token/renew-self", fake.Requests);

        clock.Advance(TimeSpan.FromSeconds(20));
        await ReadAsync(vault);
        Assert.Single(fake.Requests, request => request == "POST auth/token/renew-self");
        Assert.Single(fake.Requests, request => request == "POST auth/jwt/login");

        fake.State.MaxRenewSeconds = 10;
        clock.Advance(TimeSpan.FromSeconds(610));
        await ReadAsync(vault);
        Assert.Equal(2, fake.Requests.Count(request => request == "POST auth/jwt/login"));
    }

    private static async Task ReadAsync(VaultUnderTest vault) => (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();

    private sealed class SteppedTime : TimeProvider
    {
        private TimeSpan ahead;

        public void Advance(TimeSpan by) => ahead += by;

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + ahead;
    }
}

using System.Text.Json.Nodes;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Engines;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Tests.Vault;

public sealed class VaultContractTests : IAsyncLifetime
{
    private FakeVault fake = null!;

    public async ValueTask InitializeAsync()
    {
        fake = await FakeVault.StartAsync();
        fake.State.Tokens["limited"] = new FakeToken(["default", "broker"], 3600, true);
    }

    public ValueTask DisposeAsync() => fake.DisposeAsync();

    [Fact]
    public async Task VersionedSecret_IsReadWithVersionAndAllItsDigits()
    {
        fake.State.Put("secret/data/ai/x", new JsonObject { ["token"] = "a\"b\n€", ["big"] = 9007199254740993, ["flag"] = true, ["nested"] = new JsonObject() });
        using var vault = new VaultUnderTest(fake.Address);

        using var secret = (await vault.KeyValue.ReadVersionedAsync("secret", "ai/x", default))!;

        Assert.Equal(1, secret.Version);
        Assert.Equal("a\"b\n€", VaultUnderTest.TextOf(secret.Fields.Take("token")));
        Assert.Equal("9007199254740993", VaultUnderTest.TextOf(secret.Fields.Take("big")));
        Assert.Equal("true", VaultUnderTest.TextOf(secret.Fields.Take("flag")));
        Assert.Null(secret.Fields.Take("nested"));
    }

    [Fact]
    public async Task Secret_DeletedOrNeverWritten_IsNothing()
    {
        fake.State.Put("secret/data/gone", new JsonObject { ["token"] = "x" });
        using var vault = new VaultUnderTest(fake.Address);
        Assert.NotNull(await vault.KeyValue.ReadVersionedAsync("secret", "gone", default));

        fake.State.Delete("secret/data/gone");

        Assert.Null(await vault.KeyValue.ReadVersionedAsync("secret", "gone", default));
        Assert.Null(await vault.KeyValue.ReadVersionedAsync("secret", "never", default));
    }

    [Fact]
    public async Task PlainSecret_StatesADurationAndHasNoLease()
    {
        fake.State.Put("old/x", new JsonObject { ["token"] = "y" });
        using var vault = new VaultUnderTest(fake.Address);

        using var secret = (await vault.KeyValue.ReadAsync("old", "x", default))!;

        Assert.Null(secret.LeaseId);
        Assert.Equal("y", VaultUnderTest.TextOf(secret.Fields.Take("token")));
    }

    [Fact]
    public async Task DatabaseUser_LivesUntilRevoked_AndRenewalGivesWhatTheStoreGives()
    {
        fake.State.MaxRenewSeconds = 60;
        using var vault = new VaultUnderTest(fake.Address);
        var leases = new VaultLeases(vault.Client);

        using var user = await new DynamicEngine(vault.Client).DatabaseUserAsync("database", "creds/reader", default);

        Assert.True(fake.State.Leases.ContainsKey(user.LeaseId!));
        Assert.Equal(TimeSpan.FromSeconds(60), await leases.RenewAsync(user.LeaseId!, TimeSpan.FromHours(1), default));
        await leases.RevokeAsync(user.LeaseId!, default);
        await leases.RevokeAsync(user.LeaseId!, default);
        Assert.Empty(fake.State.Leases);
        Assert.Null(await leases.RenewAsync(user.LeaseId!, TimeSpan.FromHours(1), default));
    }

    [Fact]
    public async Task TransitAndPki_AnswerWithoutTheKey()
    {
        using var vault = new VaultUnderTest(fake.Address);
        var transit = new TransitEngine(vault.Client);

        using var signature = await transit.SignAsync("transit", "k", "hello"u8.ToArray(), default);
        using var plain = await transit.DecryptAsync("transit", "k", "vault:v1:hello", default);
        using var certificate = await new DynamicEngine(vault.Client).CertificateAsync("pki", "web", "a.test", TimeSpan.FromHours(1), default);

        Assert.Equal("vault:v1:aGVsbG8=", VaultUnderTest.TextOf(signature));
        Assert.Equal("hello", VaultUnderTest.TextOf(plain));
        Assert.Equal("key\n\"quoted\"", VaultUnderTest.TextOf(certificate.Fields.Take("private_key")));
    }

    [Fact]
    public async Task Wrapping_GivesOnce()
    {
        fake.State.Wrapped["w"] = new JsonObject { ["secret_id"] = "secret-1" };
        using var vault = new VaultUnderTest(fake.Address);
        using var token = SecretValue.CopyOf("w"u8);

        using var fields = await Wrapping.UnwrapAsync(vault.Transport, token, default);

        Assert.Equal("secret-1", VaultUnderTest.TextOf(fields.Take("secret_id")));
        var again = await Assert.ThrowsAsync<VaultException>(() => Wrapping.UnwrapAsync(vault.Transport, token, default));
        Assert.Equal(VaultError.Rejected, again.Error);
    }

    [Theory]
    [InlineData("a//b")]
    [InlineData("../x")]
    [InlineData("a/./b")]
    [InlineData("a/..")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a%2Fb")]
    [InlineData("a/%2e%2e/b")]
    [InlineData("a\\b")]
    [InlineData("a\nb")]
    [InlineData("")]
    public async Task Path_ThatAServerWouldReadOtherwise_IsNotSent(string path)
    {
        using var vault = new VaultUnderTest(fake.Address);

        var error = await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", path, default));

        Assert.Equal(VaultError.Rejected, error.Error);
        Assert.Empty(fake.Requests);
        Assert.Null(await vault.KeyValue.ReadVersionedAsync("secret", "a?b#c d/é", default));
        Assert.Contains("GET secret/data/a?b#c d/é", fake.Requests);
    }

    [Fact]
    public void OptionsValidator_NamesEveryMistake_AndAcceptsTheRightOnes()
    {
        var validator = new VaultOptionsValidator();
        using var vault = new VaultUnderTest("http://127.0.0.1:1");

        Assert.True(validator.Validate(null, new VaultOptions()).Succeeded);
        Assert.True(validator.Validate(null, new VaultOptions { Address = "https://vault.test:8200", TokenFile = "t" }).Succeeded);
        Assert.False(validator.Validate(null, new VaultOptions { Address = "http://vault.test:8200", TokenFile = "t" }).Succeeded);
        Assert.False(validator.Validate(null, new VaultOptions { Address = "https://u:p@vault.test", TokenFile = "t" }).Succeeded);
        Assert.False(validator.Validate(null, new VaultOptions { Address = "https://vault.test/x", TokenFile = "t" }).Succeeded);
        Assert.Equal(2, validator.Validate(null, new VaultOptions { Address = "https://vault.test", Login = VaultLogin.Jwt }).Failures!.Count());
        Assert.Single(validator.Validate(null, new VaultOptions { Address = "https://vault.test", Login = VaultLogin.AppRole }).Failures!);
    }
}

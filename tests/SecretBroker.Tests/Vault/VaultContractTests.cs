using System.Text;
using System.Text.Json.Nodes;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Engines;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>What the client does at a store; the same tests against the wire-level fake and against a real one.</summary>
public sealed class VaultContractTests
{
    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task VersionedSecret_IsReadWithVersionAndAllItsDigits(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        await server.PutAsync("ai/x", new JsonObject { ["token"] = "a\"b\n€", ["big"] = 9007199254740993, ["flag"] = true, ["nested"] = new JsonObject() });
        using var vault = new VaultUnderTest(server.Address);

        using var secret = (await vault.KeyValue.ReadVersionedAsync("secret", "ai/x", default))!;

        Assert.Equal(1, secret.Version);
        Assert.Equal("a\"b\n€", VaultUnderTest.TextOf(secret.Fields.Take("token")));
        Assert.Equal("9007199254740993", VaultUnderTest.TextOf(secret.Fields.Take("big")));
        Assert.Equal("true", VaultUnderTest.TextOf(secret.Fields.Take("flag")));
        Assert.Null(secret.Fields.Take("nested"));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Secret_DeletedOrNeverWritten_IsNothing(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        await server.PutAsync("gone", new JsonObject { ["token"] = "x" });
        using var vault = new VaultUnderTest(server.Address);
        (await vault.KeyValue.ReadVersionedAsync("secret", "gone", default))!.Dispose();

        await server.DeleteAsync("gone");

        Assert.Null(await vault.KeyValue.ReadVersionedAsync("secret", "gone", default));
        Assert.Null(await vault.KeyValue.ReadVersionedAsync("secret", "never", default));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task PlainSecret_StatesADurationAndHasNoLease(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        await server.PutPlainAsync("x", new JsonObject { ["token"] = "y" });
        using var vault = new VaultUnderTest(server.Address);

        using var secret = (await vault.KeyValue.ReadAsync("old", "x", default))!;

        Assert.Null(secret.LeaseId);
        Assert.Equal("y", VaultUnderTest.TextOf(secret.Fields.Take("token")));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task DatabaseUser_LivesUntilRevoked_AndRenewalGivesWhatTheStoreGives(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        await server.UseDatabaseAsync(VaultServer.LongestUser);
        using var vault = new VaultUnderTest(server.Address);
        var leases = new VaultLeases(vault.Client);

        using var user = await new DynamicEngine(vault.Client).DatabaseUserAsync("database", "creds/reader", default);

        Assert.Equal(1, await server.LiveUsersAsync());
        Assert.InRange((await leases.RenewAsync(user.LeaseId!, TimeSpan.FromHours(1), default))!.Value, TimeSpan.FromSeconds(1), VaultServer.LongestUser);
        await leases.RevokeAsync(user.LeaseId!, default);
        await leases.RevokeAsync(user.LeaseId!, default);
        Assert.Equal(0, await server.LiveUsersAsync());
        Assert.Null(await leases.RenewAsync(user.LeaseId!, TimeSpan.FromHours(1), default));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task TransitAndPki_AnswerWithoutTheKey(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        using var vault = new VaultUnderTest(server.Address);
        var transit = new TransitEngine(vault.Client);
        var sealedText = await server.EncryptAsync("k", "hello"u8.ToArray());

        using var signature = await transit.SignAsync("transit", "signing", "hello"u8.ToArray(), default);
        using var plain = await transit.DecryptAsync("transit", "k", sealedText, default);
        using var certificate = await new DynamicEngine(vault.Client).CertificateAsync("pki", "web", "a.test", TimeSpan.FromHours(1), default);

        Assert.StartsWith("vault:v1:", VaultUnderTest.TextOf(signature), StringComparison.Ordinal);
        Assert.Equal("hello", VaultUnderTest.TextOf(plain));
        var key = VaultUnderTest.TextOf(certificate.Fields.Take("private_key"));
        Assert.StartsWith("-----BEGIN", key, StringComparison.Ordinal);
        Assert.Contains('\n', key);
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task Wrapping_GivesOnce(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        using var vault = new VaultUnderTest(server.Address);
        using var token = SecretValue.CopyOf(Encoding.ASCII.GetBytes(await server.WrapAsync(new JsonObject { ["secret_id"] = "secret-1" })));

        using var fields = await Wrapping.UnwrapAsync(vault.Transport, token, default);

        Assert.Equal("secret-1", VaultUnderTest.TextOf(fields.Take("secret_id")));
        var again = await Assert.ThrowsAsync<VaultException>(() => Wrapping.UnwrapAsync(vault.Transport, token, default));
        Assert.Equal(VaultError.Rejected, again.Error);
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task DeniedAndUnknown_AreToldApart(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        using var vault = new VaultUnderTest(server.Address);
        using var unknown = new VaultUnderTest(server.Address, options => options.TokenFile = vault.FileOf("other", "hvs.not-a-token"));
        await server.PutAsync("x", new JsonObject { ["token"] = "y" });

        Assert.Equal(VaultError.Denied, (await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadAsync("sys", "mounts", default))).Error);
        Assert.Equal(VaultError.LoginFailed, (await Assert.ThrowsAsync<VaultException>(() => unknown.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task AppRole_LogsInWithItsSecretId_PlainOrWrappedOnce(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        await server.PutAsync("x", new JsonObject { ["token"] = "y" });
        var (role, secret) = await server.UseAppRoleAsync();
        var wrapped = await server.WrapAsync(new JsonObject { ["secret_id"] = secret });
        using var files = new VaultUnderTest(server.Address);

        async Task<VaultError?> LogInAsync(string credential, bool isWrapped)
        {
            using var vault = new VaultUnderTest(server.Address, options =>
            {
                (options.Login, options.SecretIdWrapped) = (VaultLogin.AppRole, isWrapped);
                (options.RoleIdFile, options.SecretIdFile) = (files.FileOf("role", role), files.FileOf("secret", credential));
            });
            return (await Record.ExceptionAsync(async () => (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose()) as VaultException)?.Error;
        }

        Assert.Null(await LogInAsync(secret, isWrapped: false));
        Assert.Null(await LogInAsync(wrapped, isWrapped: true));
        Assert.Equal(VaultError.LoginFailed, await LogInAsync(wrapped, isWrapped: true));
        Assert.Equal(VaultError.LoginFailed, await LogInAsync("wrong", isWrapped: false));
    }

    [Theory]
    [MemberData(nameof(VaultServer.Kinds), MemberType = typeof(VaultServer))]
    public async Task RootToken_IsRefused(string kind)
    {
        await using var server = await VaultServer.StartAsync(kind);
        await server.PutAsync("x", new JsonObject { ["token"] = "y" });
        using var vault = new VaultUnderTest(server.Address);
        using var root = new VaultUnderTest(server.Address, options => options.TokenFile = vault.FileOf("root", server.RootToken));

        Assert.Equal(VaultError.RootToken, (await Assert.ThrowsAsync<VaultException>(() => root.KeyValue.ReadVersionedAsync("secret", "x", default))).Error);
        (await vault.KeyValue.ReadVersionedAsync("secret", "x", default))!.Dispose();
    }

    [Fact]
    public async Task Program_ThatSpeaksAsAStore_IsStartedAndFound()
    {
        await using var server = await VaultServer.StartProgramAsync(Path.Combine(AppContext.BaseDirectory, "SecureAgent.FakeVault"));

        Assert.Null(server.Requests);
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
        await using var server = await VaultServer.StartAsync(VaultServer.Fake);
        using var vault = new VaultUnderTest(server.Address);

        var error = await Assert.ThrowsAsync<VaultException>(() => vault.KeyValue.ReadVersionedAsync("secret", path, default));

        Assert.Equal(VaultError.Rejected, error.Error);
        Assert.Empty(server.Requests!);
        Assert.Null(await vault.KeyValue.ReadVersionedAsync("secret", "a?b#c d/é", default));
        Assert.Contains("GET secret/data/a?b#c d/é", server.Requests!);
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

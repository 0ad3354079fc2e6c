using System.Text;
using SecureAgent.Policy.Document;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker.Tests.Store;

public sealed class EmbeddedStoreTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-store-").FullName;

    private string Secrets => Path.Combine(root, "secrets");

    private string StoreFile => Path.Combine(Secrets, "store.json");

    private string KeyFile => Path.Combine(Secrets, "store.key");

    [Fact]
    public async Task Value_SetThenReopened_IsRead()
    {
        using (var store = Open())
        {
            Assert.Equal(1, store.Set("anthropic", "sk-one"u8));
            Assert.Equal(2, store.Set("anthropic", "sk-two"u8));
        }

        using var again = Open();

        Assert.Equal("sk-two", await ReadAsync(again, "anthropic"));
        Assert.Null(await ReadAsync(again, "other"));
        Assert.Equal(2, Assert.Single(again.List()).Version);
    }

    [Fact]
    public async Task Value_Removed_StaysGone()
    {
        using (var store = Open())
        {
            store.Set("a", "1"u8);
            store.Set("b", "2"u8);
            Assert.True(store.Remove("a"));
            Assert.False(store.Remove("a"));
        }

        using var again = Open();

        Assert.Null(await ReadAsync(again, "a"));
        Assert.Equal("2", await ReadAsync(again, "b"));
    }

    [Fact]
    public void Files_OfTheStore_AreForTheOwnerOnlyAndHoldNoValue()
    {
        using var store = Open();
        store.Set("anthropic", "sk-very-secret-value"u8);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StoreFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(KeyFile));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Secrets));
        var content = File.ReadAllBytes(StoreFile);
        Assert.Equal(-1, content.AsSpan().IndexOf("sk-very"u8));
        Assert.Equal(-1, content.AsSpan().IndexOf(Encoding.ASCII.GetBytes(Convert.ToBase64String("sk-very"u8)[..8])));
    }

    [Theory]
    [InlineData("store.json")]
    [InlineData("store.key")]
    [InlineData("")]
    public void Store_ReadableByOthers_IsRefused(string name)
    {
        Fill();
        var path = Path.Combine(Secrets, name);
        var good = File.GetUnixFileMode(path);

        File.SetUnixFileMode(path, good | UnixFileMode.GroupRead);
        var error = Assert.Throws<StartupException>(Open);
        File.SetUnixFileMode(path, good);

        Assert.Contains("chmod", error.Message, StringComparison.Ordinal);
        Open().Dispose();
    }

    [Theory]
    [InlineData("truncated")]
    [InlineData("not-json")]
    [InlineData("flipped-bit")]
    [InlineData("renamed-entry")]
    [InlineData("rolled-back-version")]
    [InlineData("unknown-field")]
    [InlineData("newer-format")]
    [InlineData("empty")]
    public void Store_Damaged_RefusesToStartAndChangesNothing(string how)
    {
        Fill();
        var intact = File.ReadAllText(StoreFile);
        var damaged = Damage(intact, how);
        Assert.NotEqual(intact, damaged);
        File.WriteAllText(StoreFile, damaged);

        var error = Assert.Throws<StartupException>(Open);

        Assert.Contains(StoreFile, error.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, File.ReadAllText(StoreFile));
        File.WriteAllText(StoreFile, intact);
        using var mended = Open();
        Assert.Equal(2, mended.List().Count);
    }

    [Fact]
    public void Key_MissingBesideAStore_IsNeverMadeAnew()
    {
        Fill();
        File.Move(KeyFile, KeyFile + ".away");

        Assert.Throws<StartupException>(Open);

        Assert.False(File.Exists(KeyFile));
        File.Move(KeyFile + ".away", KeyFile);
        Open().Dispose();
    }

    [Fact]
    public void Key_OfAnotherStore_OpensNothing()
    {
        Fill();
        File.WriteAllBytes(KeyFile, new byte[32]);

        Assert.Contains("does not open", Assert.Throws<StartupException>(Open).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Draft_LeftByACrash_IsIgnored()
    {
        Fill();
        await File.WriteAllTextAsync(StoreFile + ".new", "{\"half\":");

        using var store = Open();
        store.Set("b", "again"u8);

        Assert.Equal("again", await ReadAsync(store, "b"));
        Assert.False(File.Exists(StoreFile + ".new"));
    }

    [Fact]
    public async Task Value_ThatCouldNotBeSaved_IsNotServed()
    {
        using var store = Open();
        store.Set("a", "old"u8);
        // A directory where the draft goes: the write fails whoever runs the test.
        Directory.CreateDirectory(StoreFile + ".new");

        Assert.ThrowsAny<Exception>(() => store.Set("a", "new"u8));
        Directory.Delete(StoreFile + ".new");

        Assert.Equal("old", await ReadAsync(store, "a"));
        store.Set("a", "new"u8);
        Assert.Equal("new", await ReadAsync(store, "a"));
    }

    [Theory]
    [InlineData("a", 1, true)]
    [InlineData("team.anthropic.key_1-b", 16, true)]
    [InlineData("", 1, false)]
    [InlineData("-a", 1, false)]
    [InlineData("a b", 1, false)]
    [InlineData("ä", 1, false)]
    [InlineData("a\n", 1, false)]
    [InlineData("a", 0, false)]
    [InlineData("a", 17, false)]
    public void Secret_ByNameAndSize_IsTakenOrRefused(string name, int length, bool taken)
    {
        using var store = EmbeddedStore.Open(Secrets, new SecretBrokerOptions { MaxSecretBytes = 16 }, TimeProvider.System);

        Assert.Equal(taken, store.Refuse(name, length) is null);
    }

    [Fact]
    public void Store_Full_TakesOnlyNamesItHas()
    {
        using var store = EmbeddedStore.Open(Secrets, new SecretBrokerOptions { MaxSecrets = 1 }, TimeProvider.System);
        store.Set("a", "1"u8);

        Assert.Null(store.Refuse("a", 1));
        Assert.NotNull(store.Refuse("b", 1));
    }

    [Fact]
    public async Task Address_OfAVault_IsNotAnsweredByThisStore()
    {
        using var store = Open();

        await Assert.ThrowsAsync<SecretStoreException>(async () => await store.ReadAsync(new SecretSource.Vault("secret", "a", "b"), default));
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static string Damage(string text, string how) => how switch
    {
        "truncated" => text[..(text.Length / 2)],
        "not-json" => "hello",
        "flipped-bit" => FlipCiphertext(text),
        "renamed-entry" => text.Replace("\"name\": \"a\"", "\"name\": \"c\"", StringComparison.Ordinal),
        "rolled-back-version" => text.Replace("\"version\": 2", "\"version\": 3", StringComparison.Ordinal),
        "unknown-field" => text.Replace("\"format\"", "\"extra\": 1, \"format\"", StringComparison.Ordinal),
        "newer-format" => text.Replace("\"format\": 1", "\"format\": 2", StringComparison.Ordinal),
        _ => "",
    };

    private static string FlipCiphertext(string text)
    {
        var at = text.IndexOf("\"ciphertext\": \"", StringComparison.Ordinal) + "\"ciphertext\": \"".Length;
        return text[..at] + (text[at] == 'A' ? 'B' : 'A') + text[(at + 1)..];
    }

    private static async Task<string?> ReadAsync(EmbeddedStore store, string name)
    {
        using var secret = await store.ReadAsync(new SecretSource.Embedded(name), default);
        return secret is null ? null : Encoding.UTF8.GetString(secret.Value.Bytes);
    }

    private EmbeddedStore Open() => EmbeddedStore.Open(Secrets, new SecretBrokerOptions(), TimeProvider.System);

    private void Fill()
    {
        using var store = Open();
        store.Set("a", "first value"u8);
        store.Set("b", "one"u8);
        store.Set("b", "two"u8);
    }
}

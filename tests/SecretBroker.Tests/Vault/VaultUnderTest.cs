using System.Text;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Auth;
using SecureAgent.SecretBroker.Vault.Engines;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>The client under test and its credential files.</summary>
internal sealed class VaultUnderTest : IDisposable
{
    /// <summary>A token the broker may run on.</summary>
    public const string Token = "limited";

    private readonly string directory = Directory.CreateTempSubdirectory("sa-vault-").FullName;

    public VaultUnderTest(string address, Action<VaultOptions>? change = null, TimeProvider? time = null)
    {
        var options = new VaultOptions { Address = address, TokenFile = FileOf("token", Token), Timeout = TimeSpan.FromSeconds(10) };
        change?.Invoke(options);
        Transport = new VaultTransport(VaultConnection.Create(options), options, time ?? TimeProvider.System);
        Tokens = new VaultTokens(Transport, new VaultLogins(Transport, options, time ?? TimeProvider.System), time ?? TimeProvider.System);
        Client = new VaultClient(Transport, Tokens);
    }

    public VaultTransport Transport { get; }

    public VaultTokens Tokens { get; }

    public VaultClient Client { get; }

    public KeyValueEngine KeyValue => new(Client);

    public static string TextOf(SecretValue? value) => value is null ? "(null)" : Encoding.UTF8.GetString(value.Bytes);

    public string FileOf(string name, string content)
    {
        var path = Path.Combine(directory, name);
        File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        Tokens.Dispose();
        Transport.Dispose();
        Directory.Delete(directory, recursive: true);
    }
}

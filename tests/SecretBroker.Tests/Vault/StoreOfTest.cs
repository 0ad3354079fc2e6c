using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>A store with one secret, database users, and a token that may do what a document needs and nothing else; brokers run on it.</summary>
internal sealed class StoreOfTest : IAsyncDisposable
{
    public const string Value = "kv-value-0123456789";

    private static readonly TimeSpan LifeOfUsers = TimeSpan.FromMinutes(15);

    private readonly string directory = Directory.CreateTempSubdirectory("sa-token-").FullName;

    private StoreOfTest(VaultServer server) => Server = server;

    public VaultServer Server { get; }

    /// <summary>Where the store is the fake.</summary>
    public FakeVault Fake => Server.AsFake!;

    public string TokenFile => Path.Combine(directory, "token");

    public static async Task<StoreOfTest> StartAsync(string document, string kind = VaultServer.Fake)
    {
        var store = new StoreOfTest(await VaultServer.StartAsync(kind, VaultPolicyText.Write(PolicyParser.Parse(document, "policy").Document!)));
        await File.WriteAllTextAsync(store.TokenFile, VaultUnderTest.Token);
        await store.PutAsync(Value);
        return store;
    }

    public Task PutAsync(string value) => Server.PutAsync("ai/x", new() { ["token"] = value });

    /// <summary>Real users where the store is a real one; none of them ends by itself.</summary>
    public Task UseDatabaseAsync() => Server.UseDatabaseAsync(LifeOfUsers);

    public Task<BrokerUnderTest> StartBrokerAsync(params (string Key, string Value)[] settings) => BrokerUnderTest.StartAsync(
        openSession: false, [("SecretBroker:Vault:Address", Server.Address), ("SecretBroker:Vault:TokenFile", TokenFile), .. settings]);

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }
}

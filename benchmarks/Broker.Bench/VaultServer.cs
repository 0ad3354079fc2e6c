using System.Net.Http.Json;
using System.Security.Cryptography;
using SecureAgent.Bench;

namespace SecureAgent.Broker.Bench;

/// <summary>A development server of the vault or bao of this machine, with one secret and a token that may read it.</summary>
internal sealed class VaultServer : IAsyncDisposable
{
    private const string Rights = """
        path "auth/token/lookup-self" { capabilities = ["read"] }
        path "auth/token/renew-self" { capabilities = ["update"] }
        path "secret/data/ai/x" { capabilities = ["read"] }
        path "sys/internal/ui/mounts/secret" { capabilities = ["read"] }
        """;

    private readonly ServerProcess process;
    private readonly HttpClient http;

    private VaultServer(ServerProcess process, Uri address, string token, string tokenFile)
    {
        (this.process, Address, TokenFile) = (process, address, tokenFile);
        http = Client(address, token);
    }

    public Uri Address { get; }

    public string TokenFile { get; }

    /// <summary>VAULT_BIN, or vault or bao on PATH; null when there is none.</summary>
    public static string? Program => (string?)Environment.GetEnvironmentVariables()["VAULT_BIN"] is { Length: > 0 } named
        ? named
        : Programs.Find("vault") ?? Programs.Find("bao");

    public static async Task<VaultServer> StartAsync(string program, string root)
    {
        var address = new Uri($"http://{ServerProcess.FreeEndPoint()}");
        var (rootToken, token) = (RandomNumberGenerator.GetHexString(32, lowercase: true), $"bench-{RandomNumberGenerator.GetHexString(24, lowercase: true)}");
        using var operators = Client(address, rootToken);
        var process = await ServerProcess.StartAsync(
            program, ["server", "-dev", $"-dev-listen-address={address.Authority}", "-dev-no-store-token"], () => IsUpAsync(operators),
            ("VAULT_DEV_ROOT_TOKEN_ID", rootToken), ("BAO_DEV_ROOT_TOKEN_ID", rootToken));
        try
        {
            await SendAsync(operators, HttpMethod.Post, "secret/data/ai/x", new { data = new { token = BrokerServer.Value } });
            await SendAsync(operators, HttpMethod.Put, "sys/policies/acl/bench", new { policy = Rights });
            await SendAsync(operators, HttpMethod.Post, "auth/token/create", new { id = token, policies = (string[])["bench"], ttl = "1h" });
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }

        var file = Path.Combine(root, "vault-token");
        await File.WriteAllTextAsync(file, token);
        return new VaultServer(process, address, token, file);
    }

    /// <summary>What a client without a broker does: the secret, under the same token.</summary>
    public async Task ReadAsync()
    {
        var answer = await http.GetStringAsync(new Uri("/v1/secret/data/ai/x", UriKind.Relative));
        if (!answer.Contains(BrokerServer.Value, StringComparison.Ordinal))
        {
            throw new InvalidOperationException("not the value that was stored");
        }
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return process.DisposeAsync();
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, object body)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/v1/{path}", UriKind.Relative)) { Content = JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static HttpClient Client(Uri address, string token)
    {
        var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = address };
        http.DefaultRequestHeaders.Add("X-Vault-Token", token);
        return http;
    }

    private static async Task<bool> IsUpAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/v1/sys/health", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}

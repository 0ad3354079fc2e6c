using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>
/// A store to hold the client to: the wire-level fake, or a development server of the real program on a loopback port. Both are set up and looked at by the
/// same calls of the API, so that a test cannot tell them apart.
/// </summary>
internal sealed class VaultServer : IAsyncDisposable
{
    public const string Fake = "fake";
    public const string Real = "real";

    /// <summary>The most that renewing a database user's lease gives.</summary>
    public static readonly TimeSpan LongestUser = TimeSpan.FromSeconds(60);

    private const string Rights = """
        path "auth/token/lookup-self" { capabilities = ["read"] }
        path "auth/token/renew-self" { capabilities = ["update"] }
        path "secret/*" { capabilities = ["read"] }
        path "old/*" { capabilities = ["read"] }
        path "database/creds/*" { capabilities = ["read"] }
        path "transit/*" { capabilities = ["update"] }
        path "pki/issue/*" { capabilities = ["update"] }
        path "sys/leases/*" { capabilities = ["update"] }
        """;

    private readonly HttpClient http;
    private readonly FakeVault? fake;
    private readonly Process? process;
    private readonly TaskCompletionSource<string> unsealKey = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private PostgresServer? postgres;

    private VaultServer(string address, string root, FakeVault? fake, Process? process)
    {
        (Address, RootToken, this.fake, this.process) = (address, root, fake, process);
        http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false }) { BaseAddress = new Uri(address) };
        http.DefaultRequestHeaders.Add("X-Vault-Token", root);
    }

    public static TheoryData<string> Kinds => [Fake, Real];

    public string Address { get; }

    /// <summary>The token that may do everything.</summary>
    public string RootToken { get; }

    /// <summary>Null for a real one.</summary>
    public FakeVault? AsFake => fake;

    /// <summary>Requests seen; only the fake keeps them.</summary>
    public IReadOnlyCollection<string>? Requests => fake?.Requests;

    /// <summary>Set up, with a token <see cref="VaultUnderTest.Token"/> that has <paramref name="rights"/> (HCL), by default those of the contract.</summary>
    public static async Task<VaultServer> StartAsync(string kind, string rights = Rights)
    {
        var server = kind == Fake ? await StartFakeAsync() : await StartProgramAsync(VaultPrograms.Store);
        await server.SetUpAsync(rights);
        return server;
    }

    /// <summary>Starts a program that takes a development server's arguments.</summary>
    public static async Task<VaultServer> StartProgramAsync(string? program)
    {
        Assert.SkipWhen(program is null, "no Vault here: set VAULT_BIN, or put vault or bao on PATH");
        var port = FreePort();
        var root = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var start = new ProcessStartInfo(program!, ["server", "-dev", string.Create(CultureInfo.InvariantCulture, $"-dev-listen-address=127.0.0.1:{port}"), "-dev-no-store-token"])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["VAULT_DEV_ROOT_TOKEN_ID"] = start.Environment["BAO_DEV_ROOT_TOKEN_ID"] = root;
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var server = new VaultServer(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"), root, null, process);
        _ = server.ReadOutputAsync(process.StandardOutput);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!await server.AnswersAsync())
        {
            Assert.False(process.HasExited, process.HasExited ? await errors : "");
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        return server;
    }

    /// <summary>PostgreSQL for the store's database engine; the fake makes users of its own.</summary>
    /// <param name="longest">The most that a user lives, renewed or not.</param>
    public async Task UseDatabaseAsync(TimeSpan longest)
    {
        if (fake is not null)
        {
            fake.State.MaxRenewSeconds = (long)longest.TotalSeconds;
            return;
        }

        Assert.SkipWhen(VaultPrograms.Postgres is null, "no PostgreSQL here: its programs make the store's database users");
        postgres = await PostgresServer.StartAsync(VaultPrograms.Postgres!);
        await SendAsync(HttpMethod.Post, "sys/mounts/database", new JsonObject { ["type"] = "database" });
        await SendAsync(HttpMethod.Post, "database/config/test", new JsonObject
        {
            ["plugin_name"] = "postgresql-database-plugin", ["allowed_roles"] = "reader",
            ["connection_url"] = postgres.Url, ["username"] = PostgresServer.User, ["password"] = PostgresServer.Password,
        });
        await SendAsync(HttpMethod.Post, "database/roles/reader", new JsonObject
        {
            ["db_name"] = "test", ["default_ttl"] = Seconds(longest / 2), ["max_ttl"] = Seconds(longest),
            ["creation_statements"] = new JsonArray("CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}';"),
        });
    }

    public Task PutAsync(string path, JsonObject fields) => SendAsync(HttpMethod.Post, $"secret/data/{path}", new JsonObject { ["data"] = fields });

    public Task DeleteAsync(string path) => SendAsync(HttpMethod.Delete, $"secret/data/{path}", null);

    public Task PutPlainAsync(string path, JsonObject fields) => SendAsync(HttpMethod.Post, $"old/{path}", fields);

    /// <summary>A role that logs in with the rights of <see cref="VaultUnderTest.Token"/>.</summary>
    public async Task<(string RoleId, string SecretId)> UseAppRoleAsync()
    {
        await SendAsync(HttpMethod.Put, "sys/auth/approle", new JsonObject { ["type"] = "approle" });
        await SendAsync(HttpMethod.Put, "auth/approle/role/broker", new JsonObject { ["token_policies"] = new JsonArray("contract"), ["token_ttl"] = "1h" });
        var id = (string)(await SendAsync(HttpMethod.Get, "auth/approle/role/broker/role-id", null))!["data"]!["role_id"]!;
        return (id, (string)(await SendAsync(HttpMethod.Post, "auth/approle/role/broker/secret-id", []))!["data"]!["secret_id"]!);
    }

    /// <summary>A token that unwraps to the fields, once.</summary>
    public async Task<string> WrapAsync(JsonObject fields) => (string)(await SendAsync(HttpMethod.Post, "sys/wrapping/wrap", fields, ("X-Vault-Wrap-TTL", "60")))!["wrap_info"]!["token"]!;

    public async Task<string> EncryptAsync(string key, byte[] plain) =>
        (string)(await SendAsync(HttpMethod.Post, $"transit/encrypt/{key}", new JsonObject { ["plaintext"] = Convert.ToBase64String(plain) }))!["data"]!["ciphertext"]!;

    /// <summary>Users that are alive, in the database itself where there is one.</summary>
    public async Task<int> LiveUsersAsync()
    {
        if (postgres is not null)
        {
            return await postgres.CountUsersAsync();
        }

        return fake!.State.Leases.Count;
    }

    public Task SealAsync()
    {
        if (fake is not null)
        {
            fake.State.Sealed = true;
            return Task.CompletedTask;
        }

        return SendAsync(HttpMethod.Put, "sys/seal", null);
    }

    public async Task UnsealAsync()
    {
        if (fake is not null)
        {
            fake.State.Sealed = false;
            return;
        }

        await SendAsync(HttpMethod.Put, "sys/unseal", new JsonObject { ["key"] = await unsealKey.Task });
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        if (fake is not null)
        {
            await fake.DisposeAsync();
        }

        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }

        await (postgres?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    private static async Task<VaultServer> StartFakeAsync()
    {
        var fake = await FakeVault.StartAsync();
        return new VaultServer(fake.Address, fake.State.RootToken, fake, null);
    }

    /// <summary>A development server prints the one key that unseals it.</summary>
    private async Task ReadOutputAsync(StreamReader output)
    {
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.Split("Unseal Key:") is [_, var key])
            {
                unsealKey.TrySetResult(key.Trim());
            }
        }

        unsealKey.TrySetException(new InvalidOperationException("the store ended without an unseal key"));
    }

    private async Task SetUpAsync(string rights)
    {
        await SendAsync(HttpMethod.Post, "sys/mounts/old", new JsonObject { ["type"] = "kv", ["options"] = new JsonObject { ["version"] = "1" } });
        await SendAsync(HttpMethod.Post, "sys/mounts/transit", new JsonObject { ["type"] = "transit" });
        await SendAsync(HttpMethod.Post, "sys/mounts/pki", new JsonObject { ["type"] = "pki" });
        await SendAsync(HttpMethod.Post, "transit/keys/k", []);
        await SendAsync(HttpMethod.Post, "transit/keys/signing", new JsonObject { ["type"] = "ed25519" });
        await SendAsync(HttpMethod.Post, "pki/root/generate/internal", new JsonObject { ["common_name"] = "test authority" });
        await SendAsync(HttpMethod.Post, "pki/roles/web", new JsonObject { ["allowed_domains"] = "a.test", ["allow_bare_domains"] = true, ["max_ttl"] = "24h" });
        await SendAsync(HttpMethod.Put, "sys/policies/acl/contract", new JsonObject { ["policy"] = rights });
        await SendAsync(HttpMethod.Post, "auth/token/create", new JsonObject { ["id"] = VaultUnderTest.Token, ["policies"] = new JsonArray("contract"), ["ttl"] = "1h" });
        fake?.Requests.Clear();
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var response = await http.GetAsync(new Uri("/v1/sys/health", UriKind.Relative));
            return response.StatusCode is HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private async Task<JsonNode?> SendAsync(HttpMethod method, string path, JsonObject? body, (string Name, string Value)? header = null)
    {
        using var request = new HttpRequestMessage(method, new Uri($"/v1/{path}", UriKind.Relative));
        request.Content = body is null ? null : new StringContent(body.ToJsonString(), new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
        if (header is { } more)
        {
            request.Headers.Add(more.Name, more.Value);
        }

        using var response = await http.SendAsync(request);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
        return response.StatusCode is HttpStatusCode.NoContent ? null : await response.Content.ReadFromJsonAsync<JsonNode>();
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0}s");

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}

using Google.Protobuf;
using Grpc.Net.Client;
using SecureAgent.Bench;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.Broker.Bench;

/// <summary>The broker as it ships, in a process of its own: embedded store, audit log on, sessions with one secret.</summary>
internal sealed class BrokerServer : IAsyncDisposable
{
    public const string Value = "bench-value-0123456789";

    private const string Embedded = "embedded: model";
    private const string InVault = "vault: \"secret/ai/x#token\"";

    private const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            egress:
              - { host: api.example.com, ports: [80], inject: model }
            secrets:
              model: { embedded: model, deliver: { header: x-api-key, host: api.example.com }, ttl: 15m }
        """;

    private readonly string root;
    private readonly ServerProcess process;
    private readonly VaultServer? vault;
    private readonly GrpcChannel control;

    private BrokerServer(string root, ServerProcess process, Uri address, ServiceTokenMint mint, VaultServer? vault)
    {
        (this.root, this.process, this.vault, Address, Mint) = (root, process, vault, address, mint);
        control = GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(RunLayout.ControlSocket(Path.Combine(root, "run"), ComponentNames.SecretBroker)) });
    }

    public Uri Address { get; }

    public ServiceTokenMint Mint { get; }

    public string AuditDirectory => Path.Combine(root, "data", "audit");

    public TimeSpan CpuTime => process.CpuTime;

    /// <param name="vault">Where the secret is; null: in the embedded store.</param>
    public static async Task<BrokerServer> StartAsync(string root, VaultServer? vault = null)
    {
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Directory.CreateDirectory(Path.Combine(root, "run", "sessions"));
        var mint = new ServiceTokenMint(TimeProvider.System);
        var keyFile = Path.Combine(root, "token-key.pem");
        await File.WriteAllTextAsync(keyFile, mint.PublicKeyPem);
        var address = new Uri($"http://{ServerProcess.FreeEndPoint()}");
        using var http = new HttpClient { BaseAddress = address };
        string[] store = vault is null ? [] : [$"--SecretBroker:Vault:Address={vault.Address}", $"--SecretBroker:Vault:TokenFile={vault.TokenFile}"];
        var process = await ServerProcess.StartAsync(
            "dotnet",
            [
                Program(), $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={root}/run", $"--{HostEnvironment.Boot}=b-bench",
                $"--{HostEnvironment.TokenKeyFile}={keyFile}", $"--ASPNETCORE_URLS={address}", "--Logging:LogLevel:Default=Warning", .. store,
            ],
            () => IsUpAsync(http));
        var server = new BrokerServer(root, process, address, mint, vault);
        await new SecretAdmin.SecretAdminClient(server.control).SetAsync(new SetSecretRequest { Name = "model", Value = ByteString.CopyFromUtf8(Value) });
        return server;
    }

    public async Task OpenAsync(string id)
    {
        var directory = RunLayout.SessionDirectory(Path.Combine(root, "run"), id);
        Directory.CreateDirectory(directory);
        await new GateControl.GateControlClient(control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = id, Policy = vault is null ? Policy : Policy.Replace(Embedded, InVault, StringComparison.Ordinal), Profile = "default", SessionDirectory = directory, SandboxUid = UnixSocketHttp.OwnUserId,
        });
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        await process.DisposeAsync();
        Mint.Dispose();
    }

    private static async Task<bool> IsUpAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync(new Uri("/health", UriKind.Relative));
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>The broker built in the same configuration as this benchmark, next to it.</summary>
    private static string Program() =>
        AppContext.BaseDirectory.Replace("/Broker.Bench/", "/SecretBroker/", StringComparison.Ordinal) + "SecureAgent.SecretBroker.dll";
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Google.Protobuf;
using Grpc.Net.Client;
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
    private readonly Process process;
    private readonly GrpcChannel control;

    private BrokerServer(string root, Process process, Uri address, ServiceTokenMint mint)
    {
        (this.root, this.process, Address, Mint) = (root, process, address, mint);
        control = GrpcChannel.ForAddress(
            "http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(RunLayout.ControlSocket(Path.Combine(root, "run"), ComponentNames.SecretBroker)) });
    }

    public Uri Address { get; }

    public ServiceTokenMint Mint { get; }

    public string AuditDirectory => Path.Combine(root, "data", "audit");

    public TimeSpan CpuTime
    {
        get
        {
            process.Refresh();
            return process.TotalProcessorTime;
        }
    }

    public static async Task<BrokerServer> StartAsync(string root)
    {
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Directory.CreateDirectory(Path.Combine(root, "run", "sessions"));
        var mint = new ServiceTokenMint(TimeProvider.System);
        var keyFile = Path.Combine(root, "token-key.pem");
        await File.WriteAllTextAsync(keyFile, mint.PublicKeyPem);
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var process = Process.Start(new ProcessStartInfo("dotnet",
        [
            Program(), $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={root}/run", $"--{HostEnvironment.Boot}=b-bench",
            $"--{HostEnvironment.TokenKeyFile}={keyFile}", $"--ASPNETCORE_URLS={address}", "--Logging:LogLevel:Default=Warning",
        ]))!;
        var server = new BrokerServer(root, process, address, mint);
        await server.WaitAsync();
        await new SecretAdmin.SecretAdminClient(server.control).SetAsync(new SetSecretRequest { Name = "model", Value = ByteString.CopyFromUtf8(Value) });
        return server;
    }

    public async Task OpenAsync(string id)
    {
        var directory = RunLayout.SessionDirectory(Path.Combine(root, "run"), id);
        Directory.CreateDirectory(directory);
        await new GateControl.GateControlClient(control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = id, Policy = Policy, Profile = "default", SessionDirectory = directory, SandboxUid = UnixSocketHttp.OwnUserId,
        });
    }

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        if (!process.HasExited)
        {
            process.Kill();
        }

        await process.WaitForExitAsync();
        process.Dispose();
        Mint.Dispose();
    }

    private async Task WaitAsync()
    {
        using var http = new HttpClient { BaseAddress = Address };
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                await http.GetStringAsync("/health");
                return;
            }
            catch (HttpRequestException) when (!process.HasExited && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60))
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>The broker built in the same configuration as this benchmark, next to it.</summary>
    private static string Program() =>
        AppContext.BaseDirectory.Replace("/Broker.Bench/", "/SecretBroker/", StringComparison.Ordinal) + "SecureAgent.SecretBroker.dll";
}

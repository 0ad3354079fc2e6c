using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Doors;
using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.Testing;

/// <summary>One component, really running in this process: Kestrel, Unix sockets, audit log, in a directory of its own.</summary>
public sealed class TestComponent : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly GrpcChannel control;
    private readonly string root;

    private TestComponent(WebApplication app, string name, string root, ServiceTokenMint mint)
    {
        (this.app, Name, this.root, Mint) = (app, name, root, mint);
        control = UnixSockets.Channel(RunLayout.ControlSocket(RunDirectory, name));
    }

    public string Name { get; }

    public string DataDirectory => Path.Combine(root, "data");

    public string RunDirectory => Path.Combine(root, "run");

    public IServiceProvider Services => app.Services;

    /// <summary>Mints tokens the component accepts.</summary>
    public ServiceTokenMint Mint { get; }

    /// <summary>The component's control socket.</summary>
    public GrpcChannel Control => control;

    /// <summary>Address of the loopback service endpoint; only when started with <c>service: true</c>.</summary>
    public Uri ServiceAddress => new(app.Urls.First(url => url.StartsWith("http://127.0.0.1", StringComparison.Ordinal)));

    /// <summary>Everything Kestrel listens on.</summary>
    public IEnumerable<string> Addresses => app.Urls;

    /// <summary>Where relays come in; only when started with <see cref="TestCluster.Door"/>.</summary>
    public IPEndPoint SessionDoor => app.Services.GetRequiredService<SessionDoor>().EndPoint;

    /// <summary>Where the agent of this gate's pod comes in, once its session is open.</summary>
    public Task<IPEndPoint> PodSession => app.Services.GetRequiredService<PodSession>().EndPoint;

    /// <param name="create">The component's own <c>XHosting.Create(args)</c>.</param>
    /// <param name="service">Also listen on a loopback port.</param>
    /// <param name="settings">Configuration keys and values.</param>
    public static async Task<TestComponent> StartAsync(
        string name, Func<string[], WebApplication> create, bool service = false, params (string Key, string Value)[] settings)
    {
        var root = Directory.CreateTempSubdirectory("sa-").FullName;
        Directory.CreateDirectory(Path.Combine(root, "data"));
        Directory.CreateDirectory(Path.Combine(root, "run", "sessions"));
        var mint = new ServiceTokenMint(TimeProvider.System);
        await File.WriteAllTextAsync(Path.Combine(root, "token-key.pem"), mint.PublicKeyPem);
        List<string> args =
        [
            $"--{HostEnvironment.DataDirectory}={root}/data", $"--{HostEnvironment.RunDirectory}={root}/run",
            $"--{HostEnvironment.Boot}=b-test", $"--{HostEnvironment.TokenKeyFile}={root}/token-key.pem",
            .. settings.Select(setting => $"--{setting.Key}={setting.Value}"),
        ];
        if (service)
        {
            args.Add("--ASPNETCORE_URLS=http://127.0.0.1:0");
        }

        var app = create([.. args]);
        app.Services.GetRequiredService<AuditLog>();
        await app.StartAsync();
        return new TestComponent(app, name, root, mint);
    }

    /// <summary>Opens a session as AgentRunner would and gives a client on its socket.</summary>
    public async Task<TestSession> OpenSessionAsync(string policy, string profile = "default", string? workspace = null, string id = "s-test")
    {
        var directory = RunLayout.SessionDirectory(RunDirectory, id);
        Directory.CreateDirectory(directory);
        var answer = await new GateControl.GateControlClient(Control).OpenSessionAsync(new OpenSessionRequest
        {
            SessionId = id, Policy = policy, Profile = profile, Workspace = workspace ?? "", SessionDirectory = directory,
            SandboxUid = UnixSockets.OwnUserId, Traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        });
        return new TestSession(this, id, answer.SocketPath) { Authority = answer.Authority };
    }

    public async Task ChangePolicyAsync(string policy, string profile = "default", string id = "s-test", bool onlyCheck = false) =>
        await new GateControl.GateControlClient(Control).ChangePolicyAsync(
            new ChangePolicyRequest { SessionId = id, Policy = policy, Profile = profile, OnlyCheck = onlyCheck });

    public async Task CloseSessionAsync(string id, string reason = "ended") =>
        await new GateControl.GateControlClient(Control).CloseSessionAsync(new CloseSessionRequest { SessionId = id, Reason = reason });

    /// <summary>Everything the component recorded so far.</summary>
    public IReadOnlyList<AuditRecord> Records() => [.. AuditReader.Read(Path.Combine(DataDirectory, "audit"), AuditPosition.Start)];

    public async ValueTask DisposeAsync()
    {
        control.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        Mint.Dispose();
        Directory.Delete(root, recursive: true);
    }
}

/// <summary>A session as the agent sees it: a socket.</summary>
public sealed class TestSession(TestComponent component, string id, string socketPath) : IAsyncDisposable
{
    public string Id => id;

    public string SocketPath => socketPath;

    /// <summary>PEM of the certificate authority the gate answers with; empty when it has none.</summary>
    public string Authority { get; init; } = "";

    /// <summary>HTTP/1.1 on the session's socket; requests go to <c>http://session/…</c>.</summary>
    public HttpClient Http { get; } = new(UnixSockets.Handler(socketPath)) { BaseAddress = new Uri("http://session/") };

    /// <summary>gRPC on the session's socket.</summary>
    public GrpcChannel Grpc { get; } = UnixSockets.Channel(socketPath);

    public async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath));
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        Grpc.Dispose();
        await component.CloseSessionAsync(id);
    }
}

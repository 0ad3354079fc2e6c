using System.Net.Sockets;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Cli.Server;

/// <summary>A server to talk to: one that was running, or one started for as long as this command lasts.</summary>
internal sealed class ServerConnection : IAsyncDisposable
{
    private readonly GrpcChannel runner;
    private readonly GrpcChannel broker;
    private readonly GrpcChannel fileGate;
    private readonly OwnedServer? owned;

    private ServerConnection(ServerAddress address, OwnedServer? owned)
    {
        Address = address;
        this.owned = owned;
        runner = Channel(RunLayout.RunnerSocket(address.RunDirectory));
        broker = Channel(RunLayout.ControlSocket(address.RunDirectory, ComponentNames.SecretBroker));
        fileGate = Channel(RunLayout.ControlSocket(address.RunDirectory, ComponentNames.FileGate));
    }

    public ServerAddress Address { get; }

    public AgentRunner.AgentRunnerClient Runner => new(runner);

    public LoginMint.LoginMintClient Logins => new(runner);

    public SecretAdmin.SecretAdminClient Secrets => new(broker);

    public VaultAdmin.VaultAdminClient Vault => new(broker);

    public ChangeAdmin.ChangeAdminClient Changes => new(fileGate);

    /// <summary>Connects to the data directory's server, starting one when there is none.</summary>
    public static async Task<ServerConnection> OpenAsync(ServerRequest request, IProgressDisplay progress, CancellationToken cancellationToken)
    {
        if (await FindAsync(request.DataDirectory, cancellationToken) is { } running)
        {
            if (request.StartOptions.Count > 0)
            {
                await running.DisposeAsync();
                throw new CommandException(
                    $"a server is running on '{request.DataDirectory}' already; {string.Join(' ', request.StartOptions)} can only be given to a new one: stop it, or use another --data DIR");
            }

            return running;
        }

        var owned = await OwnedServer.StartAsync(request, progress, cancellationToken);
        var address = ServerAddress.Find(request.DataDirectory)
            ?? throw new CommandException($"the server said it was ready but '{ServerAddress.PathIn(request.DataDirectory)}' is missing");
        return new ServerConnection(address, owned);
    }

    /// <summary>The running server of a data directory, or null.</summary>
    public static async Task<ServerConnection?> FindAsync(string dataDirectory, CancellationToken cancellationToken)
    {
        if (ServerAddress.Find(dataDirectory) is not { } address)
        {
            return null;
        }

        // The kernel answers: whoever listens is there, and a socket that a killed server left refuses. Asking the server itself would cost a whole call.
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(RunLayout.RunnerSocket(address.RunDirectory)), cancellationToken);
            return new ServerConnection(address, null);
        }
        catch (SocketException)
        {
            return null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        runner.Dispose();
        broker.Dispose();
        fileGate.Dispose();
        if (owned is not null)
        {
            await owned.DisposeAsync();
        }
    }

    private static GrpcChannel Channel(string path) => GrpcChannel.ForAddress(
        "http://localhost", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(path), DisposeHttpClient = true, MaxReceiveMessageSize = 16 << 20 });
}

/// <param name="StartOptions">Host options that only a new server can take.</param>
internal sealed record ServerRequest(string DataDirectory, IReadOnlyList<string> StartOptions);

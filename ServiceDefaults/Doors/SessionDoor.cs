using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>
/// Takes relays' connections over TLS. The token inside names the pod; the session of that name, when this gate has it open, is whose
/// connection it is: the door carries the bytes to that session's own socket. From there on everything is as on a laptop, and closing
/// the session cuts what came through here too.
/// </summary>
internal sealed partial class SessionDoor(
    SessionDoorOptions options,
    ComponentContext component,
    SessionRegistry registry,
    TimeProvider time,
    ILogger<SessionDoor> log) : BackgroundService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Waiting unproven = new();
    private readonly DoorCertificate certificate = new(options.CertificateDirectory);
    private readonly ClusterTokens tokens = new(options.KeysFile, options.Issuer, options.Audience, time);

    private Socket? listener;

    /// <summary>Where it listens; known once started.</summary>
    public IPEndPoint EndPoint { get; private set; } = new(IPAddress.None, 0);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IPEndPoint.TryParse(options.Listen, out var wish))
        {
            throw new StartupException($"{SessionDoorOptions.Section}__Listen '{options.Listen}' is not ADDRESS:PORT");
        }

        _ = certificate.Current();
        listener = new Socket(wish.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(wish);
        listener.Listen(512);
        EndPoint = (IPEndPoint)listener.LocalEndPoint!;
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        listener?.Dispose();
        certificate.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var client = await listener!.AcceptAsync(stoppingToken);
                var from = ((IPEndPoint)client.RemoteEndPoint!).Address;
                if (unproven.TryEnter(from))
                {
                    _ = ServeAsync(client, from, stoppingToken);
                }
                else
                {
                    client.Dispose();
                    Refuse("too many that prove nothing");
                }
            }
            catch (SocketException)
            {
                // The client was gone before it was accepted.
            }
        }
    }

    private async Task ServeAsync(Socket client, IPAddress from, CancellationToken stopping)
    {
        Socket? session = null;
        var waits = true;
        try
        {
            await using var secure = new SslStream(new NetworkStream(client, ownsSocket: true));
            session = await ProveAsync(secure, stopping);
            unproven.Leave(from);
            waits = false;
            if (session is not null)
            {
                await DuplexCopy.RunAsync(secure, session);
            }
        }
        catch (Exception error) when (error is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
        {
            LogEnded(error.Message);
        }
        catch (Exception error)
        {
            LogFailed(error);
        }
        finally
        {
            if (waits)
            {
                unproven.Leave(from);
            }

            session?.Dispose();
            client.Dispose();
        }
    }

    /// <summary>A connection to the session's socket, or null when nothing was proved.</summary>
    private async Task<Socket?> ProveAsync(SslStream secure, CancellationToken stopping)
    {
        using var limit = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
        await secure.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions
            {
                ServerCertificateContext = certificate.Current(),
                ApplicationProtocols = [RelayProtocol.Protocol],
                EnabledSslProtocols = SslProtocols.Tls13,
            },
            both.Token);
        if (secure.NegotiatedApplicationProtocol != RelayProtocol.Protocol)
        {
            return Refuse("not a relay");
        }

        if (await RelayProtocol.ReadTokenAsync(secure, both.Token) is not { } token || await tokens.ValidateAsync(token) is not { } identity)
        {
            return Refuse("no valid token");
        }

        if (identity.Subject != options.Subject)
        {
            return Refuse("another account");
        }

        if (!registry.TryGet(identity.Pod, out var session))
        {
            return Refuse("no session of that pod");
        }

        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(RunLayout.SessionSocket(session.Directory, component.Name)), both.Token);
            await RelayProtocol.AcceptAsync(secure, both.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private Socket? Refuse(string why)
    {
        LogRefused(why);
        return null;
    }

    [LoggerMessage(1, LogLevel.Warning, "A connection at the session door was refused: {Why}")]
    private partial void LogRefused(string why);

    [LoggerMessage(2, LogLevel.Debug, "A connection at the session door ended: {Why}")]
    private partial void LogEnded(string why);

    [LoggerMessage(3, LogLevel.Error, "A connection at the session door failed and was cut")]
    private partial void LogFailed(Exception error);
}

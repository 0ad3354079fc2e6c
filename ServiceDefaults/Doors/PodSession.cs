using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Doors;

/// <summary>
/// Opens the pod's session as a runner would, by the gate's own control socket, and then leads a loopback port of the pod to that session's
/// socket. The gate is unhealthy until then, so the agent is not started; a session that cannot be opened ends the process.
/// </summary>
internal sealed partial class PodSession(
    PodSessionOptions options, ComponentContext component, IHostApplicationLifetime lifetime, ILogger<PodSession> log) : BackgroundService, IHealthCheck
{
    private readonly Socket listener = new(options.Listen.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
    private readonly TaskCompletionSource<IPEndPoint> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Where the agent comes in, once the session is open.</summary>
    public Task<IPEndPoint> EndPoint => opened.Task;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(opened.Task.IsCompletedSuccessfully ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the session is not open"));

    public override void Dispose()
    {
        listener.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await StartedAsync(stoppingToken);
            var socket = await OpenAsync(stoppingToken);
            listener.Bind(options.Listen);
            listener.Listen(256);
            opened.SetResult((IPEndPoint)listener.LocalEndPoint!);
            while (!stoppingToken.IsCancellationRequested)
            {
                _ = ServeAsync(await listener.AcceptAsync(stoppingToken), new UnixDomainSocketEndPoint(socket));
            }
        }
        catch (Exception error) when (error is RpcException or IOException or SocketException or UnauthorizedAccessException)
        {
            LogNoSession(error, options.Name);
            lifetime.StopApplication();
        }
    }

    private async Task StartedAsync(CancellationToken stopping)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stopping);
    }

    private async Task<string> OpenAsync(CancellationToken stopping)
    {
        var directory = RunLayout.SessionDirectory(component.RunDirectory, options.Name);
        Directory.CreateDirectory(directory);
        using var channel = GrpcChannel.ForAddress("http://control", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(component.ControlSocket), DisposeHttpClient = true });
        var request = new OpenSessionRequest
        {
            SessionId = options.Name,
            Policy = await File.ReadAllTextAsync(options.PolicyFile, stopping),
            Profile = options.Profile,
            Workspace = options.Workspace,
            SessionDirectory = directory,
            SandboxUid = UnixSocketHttp.OwnUserId,
        };
        return (await new GateControl.GateControlClient(channel).OpenSessionAsync(request, cancellationToken: stopping)).SocketPath;
    }

    private async Task ServeAsync(Socket client, UnixDomainSocketEndPoint session)
    {
        using var gate = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await gate.ConnectAsync(session);
            await DuplexCopy.RunAsync(client, gate);
        }
        catch (SocketException error)
        {
            LogEnded(error.Message);
        }
        finally
        {
            client.Dispose();
        }
    }

    [LoggerMessage(1, LogLevel.Critical, "The session of this pod, {Session}, cannot be opened; nothing is served")]
    private partial void LogNoSession(Exception error, string session);

    [LoggerMessage(2, LogLevel.Debug, "A connection of the agent ended: {Why}")]
    private partial void LogEnded(string why);
}

using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tls;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>A judged tunnel that is looked into: answer → hello judged → Kestrel, where each request is judged by itself. Nothing is dialled for the tunnel.</summary>
internal sealed class InspectedTunnels(
    InspectedListener listener, HelloGate hellos, EgressRecord record, IOptions<EgressProxyOptions> options, TimeProvider time)
{
    public async Task ServeAsync(EgressSession session, TunnelClient client, Judgement judgement, LiveFlow flow, CancellationToken closed)
    {
        var started = time.GetTimestamp();
        var authority = session.Authority ?? throw new InvalidOperationException("A session with inspected rules has an authority.");
        await client.Socket.SendAsync(client.Established, SocketFlags.None, closed);
        var connection = listener.Wrap(client.Socket);
        var tunnel = new InspectedTunnel(authority, judgement, IsTls: true);
        var why = "broken";
        EgressProxyTelemetry.TunnelOpened();
        try
        {
            if (await ReadHelloAsync(connection.Transport.Input, closed) is not { } hello)
            {
                why = "ended";
            }
            else if (HelloJudge.Refusal(hello, judgement.Host!, HelloGate.IsTlsDemanded(judgement)) is { } reason)
            {
                why = "refused";
                hellos.Record(session, judgement.Refuse(reason), hello.ServerName);
                if (hello.Status != HelloStatus.NotTls)
                {
                    await connection.Transport.Output.WriteAsync(HelloGate.AccessDenied, closed);
                }
            }
            else
            {
                tunnel = tunnel with { IsTls = hello.Status == HelloStatus.Complete };
                connection.AssignTo(session.Context);
                connection.Features.Set(tunnel);
                await listener.ServeAsync(connection, tunnel.IsTls);
                why = "ended";
            }
        }
        catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The client left or the session ended: the record says which.
        }
        finally
        {
            await connection.DisposeAsync();
            EgressProxyTelemetry.TunnelClosed(0, 0);
            record.Event("tunnel.closed", session.Id, judgement,
                AuditFact.Of("requests", tunnel.Requests),
                AuditFact.Of("durationMs", (long)time.GetElapsedTime(started).TotalMilliseconds),
                AuditFact.Of("why", closed.IsCancellationRequested ? "session_closed" : flow.IsCut ? "policy_changed" : why));
        }
    }

    /// <summary>Null when the client ended without a byte. What is read stays in the pipe.</summary>
    private async Task<ClientHello?> ReadHelloAsync(PipeReader input, CancellationToken closed)
    {
        using var limit = new CancellationTokenSource(options.Value.HeadTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closed);
        return await HelloReader.PeekAsync(input, both.Token);
    }
}

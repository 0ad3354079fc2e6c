using System.Diagnostics;
using System.Net.Sockets;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tls;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>A judged tunnel, whatever protocol asked for it: record → dial → answer → first bytes judged → relay.</summary>
internal sealed class TunnelOpener(
    EgressJudge judge, HelloGate hellos, InspectedTunnels inspected, EgressRecord record, WayOut wayOut, TimeProvider time, ILogger<TunnelOpener> log)
{
    public async Task<(Judgement Judgement, string? Detail)> JudgeAsync(EgressSession session, EgressAsk ask)
    {
        var judgement = await judge.JudgeAsync(session, ask);
        return judgement is { IsAllowed: true, Rule: { Inject: not null, Inspect: null } }
            ? (judgement.Refuse(ReasonCode.SchemeNotAllowed),
                "The rule for this host adds a credential, which cannot be done inside a tunnel that is not inspected. Use an http:// URL through the proxy.")
            : (judgement, null);
    }

    /// <param name="detail">What a refused client is told instead of the usual text.</param>
    public async Task OpenAsync(EgressSession session, TunnelClient client, Judgement judgement, string? detail, CancellationToken closed)
    {
        try
        {
            record.Decided(session, judgement);
        }
        catch (AuditUnavailableException error)
        {
            log.NotRecorded(error);
            (judgement, detail) = (judgement.Refuse(ReasonCode.AuditUnavailable), null);
        }

        Activity.Current?.SetTag("server.address", judgement.HostName);
        Activity.Current?.SetTag("secureagent.reason", judgement.Decision.Reason.Name());
        if (!judgement.IsAllowed)
        {
            await client.RefuseAsync(judgement, detail);
            return;
        }

        using var flow = session.Flows.Track(judgement, client.Socket.Dispose);
        if (flow.IsCut)
        {
            record.Event("egress.cut", session.Id, judgement, AuditFact.Of("why", "policy_changed"));
            return;
        }

        await (judgement.Rule!.Inspect is not null ? inspected.ServeAsync(session, client, judgement, flow, closed) : ConnectAsync(session, client, judgement, flow, closed));
    }

    private async Task ConnectAsync(EgressSession session, TunnelClient client, Judgement judgement, LiveFlow flow, CancellationToken closed)
    {
        Socket upstream;
        try
        {
            upstream = await wayOut.DialAsync(session.Context, judgement, closed);
        }
        catch (DestinationUnreachableException error)
        {
            var failed = judgement.Refuse(error.IsTimeout ? ReasonCode.UpstreamTimeout : ReasonCode.UpstreamUnreachable);
            record.Event("egress.failed", session.Id, judgement, AuditFact.Of("reason", failed.Decision.Reason.Name()));
            log.Unreachable(session.Id, judgement.Subject, error.Message);
            await client.RefuseAsync(failed, null);
            return;
        }

        using (upstream)
        {
            await RelayAsync(session, client, judgement, upstream, flow, closed);
        }
    }

    private async Task RelayAsync(EgressSession session, TunnelClient client, Judgement judgement, Socket upstream, LiveFlow flow, CancellationToken closed)
    {
        var started = time.GetTimestamp();
        var refused = false;
        var relay = new SocketRelay(client.Socket, upstream, session.Budget);
        EgressProxyTelemetry.TunnelOpened();
        Exception? failure = null;
        try
        {
            await client.Socket.SendAsync(client.Established, SocketFlags.None, closed);
            var mayRise = hellos.PassAsync(session, judgement, client.Socket, relay, closed);
            failure = HelloGate.IsTlsDemanded(judgement) && !await mayRise ? null : await relay.RunAsync(mayRise);
            refused = mayRise is { IsCompletedSuccessfully: true, Result: false };
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            failure = error;
        }
        finally
        {
            EgressProxyTelemetry.TunnelClosed(relay.BytesUp, relay.BytesDown);
            record.Event("tunnel.closed", session.Id, judgement,
                AuditFact.Of("bytesUp", relay.BytesUp),
                AuditFact.Of("bytesDown", relay.BytesDown),
                AuditFact.Of("durationMs", (long)time.GetElapsedTime(started).TotalMilliseconds),
                AuditFact.Of("why", closed.IsCancellationRequested ? "session_closed" : flow.IsCut ? "policy_changed" : session.Budget.IsOutOfBytes ? ReasonCode.BudgetExceeded.Name() : refused ? "refused" : failure is null ? "ended" : "broken"));
        }
    }
}

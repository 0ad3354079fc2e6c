using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.EgressProxy.Refusals;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tls;
using SecureAgent.Policy;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>
/// CONNECT: head → judge → record → dial → 200 → first bytes judged → relay. Only as the first request of a connection; these connections never pass
/// through Kestrel, whose pipes would cost memory and half-close.
/// </summary>
internal sealed class ConnectTunnels(
    EgressJudge judge, HelloGate hellos, EgressRecord record, IOptions<EgressProxyOptions> options, TimeProvider time, ILogger<ConnectTunnels> log) : IRawConnections
{
    private const string Via = "connect";

    private static ReadOnlyMemory<byte> Established { get; } = "HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray();

    public bool Claims(ReadOnlySpan<byte> firstBytes) => ConnectHead.MayBegin(firstBytes);

    public async Task ServeAsync(SessionContext context, Socket client)
    {
        var session = context.Egress();
        using var activity = ServiceTelemetry.Source.StartActivity("egress-proxy CONNECT", ActivityKind.Server, context.TraceParent);
        activity?.SetTag("secureagent.session", session.Id);
        ConnectHead head;
        using (var limit = new CancellationTokenSource(options.Value.HeadTimeout, time))
        {
            head = await HeadReader.ReadAsync(client, limit.Token);
        }

        if (head.Status == HeadStatus.Incomplete)
        {
            return;
        }

        var (judgement, detail) = await DecideAsync(session, head);
        try
        {
            record.Decided(session.Id, judgement);
        }
        catch (AuditUnavailableException error)
        {
            log.NotRecorded(error);
            judgement = judgement.Refuse(ReasonCode.AuditUnavailable);
        }

        activity?.SetTag("server.address", judgement.HostName);
        activity?.SetTag("secureagent.reason", judgement.Decision.Reason.Name());
        if (judgement.IsAllowed)
        {
            await ConnectAsync(session, judgement, client, context.Closed);
        }
        else
        {
            await Refusal.Of(session.Profile, judgement, detail).WriteAsync(client, time);
        }
    }

    private async Task<(Judgement Judgement, string? Detail)> DecideAsync(EgressSession session, ConnectHead head)
    {
        if (head.Status == HeadStatus.Malformed)
        {
            return (Malformed("", 0), $"The CONNECT request is malformed: {head.Fault}.");
        }

        if (Authority.TryParse(head.Target, defaultPort: null) is not { } target)
        {
            return (Malformed(head.Target, 0), "The target of CONNECT is not host:port.");
        }

        var ask = new EgressAsk(Via, "CONNECT", target.Host, target.Port);
        if (head.Host is { } hostField && !NamesSame(target, hostField))
        {
            return (new Judgement(ask, Decision.Deny(ReasonCode.HostMismatch), CanonicalHost.TryParse(target.Host), null, []),
                "The Host field names another host than the target of CONNECT.");
        }

        var judgement = await judge.JudgeAsync(session, ask);
        return judgement is { IsAllowed: true, Rule.Inject: not null }
            ? (judgement.Refuse(ReasonCode.SchemeNotAllowed),
                "The rule for this host adds a credential, which cannot be done inside a tunnel. Use an http:// URL through the proxy.")
            : (judgement, null);
    }

    /// <summary>Clients send the Host field with the port or without it.</summary>
    private static bool NamesSame(Authority target, string hostField) =>
        Authority.TryParse(hostField, target.Port) is { } named
        && named.Port == target.Port
        && (string.Equals(named.Host, target.Host, StringComparison.OrdinalIgnoreCase)
            || (CanonicalHost.TryParse(named.Host) is { } one && one == CanonicalHost.TryParse(target.Host)));

    private static Judgement Malformed(string hostText, int port) =>
        new(new EgressAsk(Via, "CONNECT", hostText, port), Decision.Deny(ReasonCode.RequestMalformed), null, null, []);

    private async Task ConnectAsync(EgressSession session, Judgement judgement, Socket client, CancellationToken closed)
    {
        Socket upstream;
        try
        {
            upstream = await Dialer.DialAsync(judgement.Addresses, judgement.Ask.Port, options.Value.ConnectTimeout, time, closed);
        }
        catch (DestinationUnreachableException error)
        {
            var failed = judgement.Refuse(error.IsTimeout ? ReasonCode.UpstreamTimeout : ReasonCode.UpstreamUnreachable);
            record.Event("egress.failed", session.Id, judgement, AuditFact.Of("reason", failed.Decision.Reason.Name()));
            log.Unreachable(session.Id, judgement.Subject, error.Message);
            await Refusal.Of(session.Profile, failed).WriteAsync(client, time);
            return;
        }

        using (upstream)
        {
            await RelayAsync(session, judgement, client, upstream, closed);
        }
    }

    private async Task RelayAsync(EgressSession session, Judgement judgement, Socket client, Socket upstream, CancellationToken closed)
    {
        var started = time.GetTimestamp();
        var refused = false;
        var relay = new SocketRelay(client, upstream);
        EgressProxyTelemetry.TunnelOpened();
        Exception? failure = null;
        try
        {
            await client.SendAsync(Established, SocketFlags.None, closed);
            var mayRise = hellos.PassAsync(session, judgement, client, relay, closed);
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
                AuditFact.Of("why", closed.IsCancellationRequested ? "session_closed" : refused ? "refused" : failure is null ? "ended" : "broken"));
        }
    }
}

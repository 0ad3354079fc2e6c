using System.Net.Sockets;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.EgressProxy.Refusals;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>CONNECT (RFC 9110 §9.3.6): head → judge → tunnel.</summary>
internal sealed class HttpConnect(TunnelOpener tunnels, IOptions<EgressProxyOptions> options, TimeProvider time)
{
    private const string Via = "connect";

    private static ReadOnlyMemory<byte> Established { get; } = "HTTP/1.1 200 Connection Established\r\n\r\n"u8.ToArray();

    public async Task ServeAsync(SessionContext context, Socket socket)
    {
        var session = context.Egress();
        ConnectHead head;
        using (var limit = new CancellationTokenSource(options.Value.HeadTimeout, time))
        {
            head = await HeadReader.ReadAsync<ConnectHead>(socket, ConnectHead.MaxLength, ConnectHead.Parse, limit.Token);
        }

        if (head.Status == HeadStatus.Incomplete)
        {
            return;
        }

        using var pass = session.Budget.Enter();
        var (judgement, detail) = pass.Refused is { } spent ? (Judgement.OutOf(spent, AskOf(head)), null) : await DecideAsync(session, head);
        var client = new TunnelClient(
            socket, Established, (refused, text) => Refusal.Of(session.Profile, refused, text).WriteAsync(socket, time));
        await tunnels.OpenAsync(session, client, judgement, detail, context.Closed);
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
        return head.Host is { } hostField && !NamesSame(target, hostField)
            ? (new Judgement(ask, Decision.Deny(ReasonCode.HostMismatch), CanonicalHost.TryParse(target.Host), null, []),
                "The Host field names another host than the target of CONNECT.")
            : await tunnels.JudgeAsync(session, ask);
    }

    private static EgressAsk AskOf(ConnectHead head) =>
        Authority.TryParse(head.Target ?? "", defaultPort: null) is { } target
            ? new EgressAsk(Via, "CONNECT", target.Host, target.Port)
            : new EgressAsk(Via, "CONNECT", "", 0);

    /// <summary>Clients send the Host field with the port or without it.</summary>
    private static bool NamesSame(Authority target, string hostField) =>
        Authority.TryParse(hostField, target.Port) is { } named
        && named.Port == target.Port
        && (string.Equals(named.Host, target.Host, StringComparison.OrdinalIgnoreCase)
            || (CanonicalHost.TryParse(named.Host) is { } one && one == CanonicalHost.TryParse(target.Host)));

    private static Judgement Malformed(string hostText, int port) =>
        new(new EgressAsk(Via, "CONNECT", hostText, port), Decision.Deny(ReasonCode.RequestMalformed), null, null, []);
}

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

/// <summary>SOCKS5 (RFC 1928), CONNECT only: greeting → request → judge → tunnel. Names are resolved here, never in the sandbox.</summary>
internal sealed class SocksConnect(TunnelOpener tunnels, IOptions<EgressProxyOptions> options, TimeProvider time, ILogger<SocksConnect> log)
{
    private const string Via = "socks";

    private static ReadOnlyMemory<byte> NoAuthentication { get; } = new byte[] { SocksGreeting.Version, 0 };

    private static ReadOnlyMemory<byte> NoMethod { get; } = new byte[] { SocksGreeting.Version, 0xff };

    public async Task ServeAsync(SessionContext context, Socket socket)
    {
        var session = context.Egress();
        using var limit = new CancellationTokenSource(options.Value.HeadTimeout, time);
        var greeting = await HeadReader.ReadAsync<SocksGreeting>(socket, SocksGreeting.MaxLength, SocksGreeting.Parse, limit.Token);
        if (greeting.Status == HeadStatus.Incomplete)
        {
            return;
        }

        if (!greeting.IsOpen)
        {
            var client = new TunnelClient(socket, default, (refused, text) => AnswerAsync(session, socket, NoMethod, refused, text));
            await tunnels.OpenAsync(session, client, Malformed, "The SOCKS greeting is malformed, or asks for authentication; there is none.", context.Closed);
            return;
        }

        await socket.SendAsync(NoAuthentication, SocketFlags.None, limit.Token);
        var request = await HeadReader.ReadAsync<SocksRequest>(socket, SocksRequest.MaxLength, SocksRequest.Parse, limit.Token);
        if (request.Status != HeadStatus.Incomplete)
        {
            await OpenAsync(session, socket, request, context.Closed);
        }
    }

    private async Task OpenAsync(EgressSession session, Socket socket, SocksRequest request, CancellationToken closed)
    {
        var client = new TunnelClient(
            socket, Reply(0), (refused, text) => AnswerAsync(session, socket, Reply(CodeOf(refused.Decision.Reason)), refused, text));
        using var pass = session.Budget.Enter();
        var (judgement, detail) = request switch
        {
            _ when pass.Refused is { } spent => (Judgement.OutOf(spent, AskOf(request)), null),
            { Status: not HeadStatus.Complete } => (Malformed, "The SOCKS request is malformed."),
            { Command: not SocksRequest.Connect } => (
                new Judgement(AskOf(request), Decision.Deny(ReasonCode.MethodNotAllowed), CanonicalHost.TryParse(request.Host), null, []),
                "Of the SOCKS commands only CONNECT is let through."),
            _ => await tunnels.JudgeAsync(session, AskOf(request)),
        };
        await tunnels.OpenAsync(session, client, judgement, detail, closed);
    }

    private static EgressAsk AskOf(SocksRequest request) =>
        new(Via, request.Command switch { SocksRequest.Connect => "CONNECT", 2 => "BIND", 3 => "UDP", _ => "" }, request.Host ?? "", request.Port);

    private static Judgement Malformed => new(new EgressAsk(Via, "", "", 0), Decision.Deny(ReasonCode.RequestMalformed), null, null, []);

    /// <summary>The protocol has one byte to say why; the whole sentence goes into the log.</summary>
    private async Task AnswerAsync(EgressSession session, Socket socket, ReadOnlyMemory<byte> answer, Judgement refused, string? text)
    {
        log.SocksRefused(session.Id, Refusal.Of(session.Profile, refused, text).Error.Message);
        await RefusalWriter.EndAsync(socket, answer, time);
    }

    /// <summary>The address we speak from is nobody's business (RFC 1928 §6 has it in the reply).</summary>
    private static ReadOnlyMemory<byte> Reply(byte code) => new byte[] { SocksGreeting.Version, code, 0, 1, 0, 0, 0, 0, 0, 0 };

    private static byte CodeOf(ReasonCode reason) => reason switch
    {
        ReasonCode.RequestMalformed or ReasonCode.AuditUnavailable => 1,
        ReasonCode.NameNotResolved => 4,
        ReasonCode.UpstreamUnreachable => 5,
        ReasonCode.UpstreamTimeout => 6,
        ReasonCode.MethodNotAllowed => 7,
        _ => 2,
    };
}

using System.Net.Sockets;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Tls;

/// <summary>Nothing of the client's enters a tunnel before its first bytes are judged.</summary>
internal sealed class HelloGate(EgressRecord record, IOptions<EgressProxyOptions> options, TimeProvider time, ILogger<HelloGate> log)
{
    private const int MaxShownName = 300;

    /// <summary>A fatal alert (RFC 8446 §6), so that clients say what happened.</summary>
    public static ReadOnlyMemory<byte> AccessDenied { get; } = new byte[] { 21, 3, 3, 0, 2, 2, 49 };

    /// <summary>Whether the tunnel must carry TLS. Elsewhere the server may speak first, and TLS is judged when it is TLS.</summary>
    public static bool IsTlsDemanded(Judgement judgement) => judgement.Rule is not { Opaque: true } && TlsPorts.Contains(judgement.Ask.Port);

    /// <summary>False when the tunnel must end: refused, or over before it began.</summary>
    public async Task<bool> PassAsync(EgressSession session, Judgement judgement, Socket client, SocketRelay relay, CancellationToken closed)
    {
        if (judgement.Rule is { Opaque: true })
        {
            return true;
        }

        var isDemanded = IsTlsDemanded(judgement);
        if (!isDemanded)
        {
            await client.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None, closed);
        }

        using var limit = new CancellationTokenSource(options.Value.HeadTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, closed);
        if (await HelloReader.ReadAsync(client, both.Token) is not { } received)
        {
            return !isDemanded;
        }

        if (HelloJudge.Refusal(received.Hello, judgement.Host!, isDemanded) is not { } reason)
        {
            return await relay.SendUpAsync(received.Bytes);
        }

        Record(session, judgement.Refuse(reason), received.Hello.ServerName);
        if (received.Hello.Status != HelloStatus.NotTls)
        {
            await client.SendAsync(AccessDenied, SocketFlags.None, closed);
        }

        return false;
    }

    /// <summary>A hello refused after its tunnel was let through.</summary>
    public void Record(EgressSession session, Judgement refused, string serverName)
    {
        try
        {
            record.Decided(
                session, refused with { Ask = refused.Ask with { Via = "tls" } },
                AuditFact.Of("serverName", serverName.Length <= MaxShownName ? serverName : serverName[..MaxShownName]));
        }
        catch (AuditUnavailableException error)
        {
            // Refused all the same; only its record is missing.
            log.NotRecorded(error);
        }
    }
}

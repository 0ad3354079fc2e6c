using SecureAgent.Policy;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Tls;

/// <summary>What a tunnel's first bytes say against the host it was opened to. Pure.</summary>
internal static class HelloJudge
{
    /// <summary>Null when the hello names the host and hides nothing, or when there is none and none is demanded.</summary>
    public static ReasonCode? Refusal(ClientHello hello, CanonicalHost host, bool isTlsDemanded) => hello switch
    {
        { Status: HelloStatus.NotTls } => isTlsDemanded ? ReasonCode.TlsRequired : null,
        { Status: not HelloStatus.Complete } => ReasonCode.RequestMalformed,
        { HasEncryptedHello: true } => ReasonCode.EchNotAllowed,

        // An address is never sent as a server name (RFC 6066 §3).
        { ServerName: "" } => host.Address is null ? ReasonCode.SniMissing : null,
        _ => CanonicalHost.TryParse(hello.ServerName) is { } named && named == host ? null : ReasonCode.HostMismatch,
    };
}

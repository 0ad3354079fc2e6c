using System.Net;
using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>One canonical spelling of a host, or nothing.</summary>
/// <param name="Name">Lower-case ASCII (IDN as A-labels) without trailing dot, or an address in its canonical text.</param>
/// <param name="Address">Set when the host is an address literal.</param>
public sealed record CanonicalHost(string Name, IPAddress? Address)
{
    /// <summary>
    /// RFC 3986 §3.2.2, RFC 5890: folds case, strips one trailing dot and IPv6 brackets, maps IDN; refuses userinfo, percent, NUL, CR, LF, spaces,
    /// empty labels, labels over 63, names over 253, and every address spelling but dotted-quad decimal and bracketed or bare IPv6
    /// (decimal, octal, hex and short forms are refused). Ports are not part of the host.
    /// </summary>
    public static CanonicalHost? TryParse(string text) => null;
}

/// <summary>Decides by canonical host and port, before any name is resolved.</summary>
public static class EgressPolicy
{
    public static Decision Decide(Profile profile, CanonicalHost host, int port) => default;

    /// <summary>The rule a decision of <see cref="Decide"/> came from.</summary>
    public static EgressRule? RuleOf(Profile profile, Decision decision) => null;
}

/// <summary>Judges a resolved address against the IANA special-purpose registries (RFC 6890, 8190), CGNAT (RFC 6598) and cloud metadata.</summary>
public static class AddressPolicy
{
    /// <summary>
    /// Unwraps IPv4-mapped, NAT64 (64:ff9b::/96, 64:ff9b:1::/48) and 6to4 forms first. Metadata addresses are refused even with
    /// <see cref="EgressRule.AllowPrivate"/>; <paramref name="hostAddresses"/> (the machine's own) count as private.
    /// </summary>
    public static Decision Decide(EgressRule rule, IPAddress address, IReadOnlyCollection<IPAddress> hostAddresses) => default;
}

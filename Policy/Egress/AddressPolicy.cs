using System.Net;
using System.Net.Sockets;
using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>Judges a resolved address against the IANA special-purpose registries (RFC 6890, 8190), CGNAT (RFC 6598) and cloud metadata.</summary>
public static class AddressPolicy
{
    /// <summary>
    /// Unwraps IPv4-mapped, NAT64 (64:ff9b::/96, 64:ff9b:1::/48) and 6to4 forms first. Metadata addresses are refused even with
    /// <see cref="EgressRule.AllowPrivate"/>; <paramref name="hostAddresses"/> (the machine's own) count as private.
    /// </summary>
    public static Decision Decide(EgressRule rule, IPAddress address, IReadOnlyCollection<IPAddress> hostAddresses)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(hostAddresses);
        var refusal = Refusal(address, hostAddresses, rule.AllowPrivate);
        return refusal is { } reason ? Decision.Deny(reason, rule.Rule) : Decision.Allow(rule.Rule);
    }

    /// <summary>Why the address may not be dialled; null when it may.</summary>
    internal static ReasonCode? Refusal(IPAddress address, IReadOnlyCollection<IPAddress> hostAddresses, bool allowPrivate)
    {
        var native = Native(address);
        if (native is null)
        {
            return ReasonCode.AddressSpecial;
        }

        // Metadata first and in every disguise: it is the one class no policy opens.
        var carried = EmbeddedAddresses.Carried(native);
        if (IsMetadata(address))
        {
            return ReasonCode.AddressMetadata;
        }

        if (hostAddresses.Any(own => native.Equals(Native(own))))
        {
            return allowPrivate ? null : ReasonCode.AddressOfHost;
        }

        if (SpecialAddresses.Contains(SpecialAddresses.Private, native))
        {
            return allowPrivate ? null : ReasonCode.AddressPrivate;
        }

        // What is left of the carrying forms are obsolete tunnels and local translation: no destination, whatever they carry.
        var isGlobal = native.AddressFamily == AddressFamily.InterNetwork || SpecialAddresses.GlobalUnicastV6.Contains(native);
        return carried.Count > 0 || !isGlobal || SpecialAddresses.Contains(SpecialAddresses.Special, native)
            ? ReasonCode.AddressSpecial
            : null;
    }

    /// <summary>Whether a cloud hands out the machine's credentials here, in whatever form the address is written.</summary>
    internal static bool IsMetadata(IPAddress address) =>
        Native(address) is { } native && EmbeddedAddresses.Carried(native).Append(native).Any(one => SpecialAddresses.Contains(SpecialAddresses.Metadata, one));

    /// <summary>Without zone, and as IPv4 where it is the same host; null for families that are not IP.</summary>
    private static IPAddress? Native(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => address,
        AddressFamily.InterNetworkV6 => EmbeddedAddresses.Equivalent(address) ?? new IPAddress(address.GetAddressBytes()),
        _ => null,
    };
}

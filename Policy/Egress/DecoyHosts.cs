using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>
/// Destinations that no task needs and that are asked for by whoever looks for the machine's own credentials: metadata services and the API of the
/// cluster. Under <c>honeypots: [hosts]</c> asking for one is an alarm, unless a rule names it.
/// </summary>
public static class DecoyHosts
{
    private const string Plane = "hosts";

    private static readonly HashSet<string> Names = new(StringComparer.Ordinal)
    {
        "metadata", "metadata.google.internal", "metadata.goog", "metadata.azure.internal", "metadata.tencentyun.com", "metadata.platformequinix.com",
        "instance-data", "instance-data.ec2.internal", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local",
    };

    public static RuleRef Rule { get; } = new("honeypots", Plane, 0);

    /// <summary>Whether asking for it, in whatever way, is an alarm under this profile.</summary>
    public static bool IsDecoy(Profile profile, CanonicalHost host)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(host);
        return profile.Honeypots.Contains(Plane)
            && (host.Address is { } address ? AddressPolicy.IsMetadata(address) : Names.Contains(host.Name))
            && !profile.Egress.Any(rule => HostPattern.Matches(rule.Host, host));
    }

    /// <summary>The same for a name that was looked up, or an address that a packet was sent to, as text.</summary>
    public static bool IsDecoy(Profile profile, string text) => CanonicalHost.TryParse(text) is { } host && IsDecoy(profile, host);
}

using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;

namespace SecureAgent.SecretBroker.Honeypots;

/// <summary>Names of secrets that a session is shown and that do not exist. A name the profile uses is never among them.</summary>
internal sealed class SecretDecoys
{
    private static readonly string[] Lures = ["aws-root", "github-admin", "kubernetes-admin", "production-database", "stripe-live"];

    private SecretDecoys(IReadOnlyList<string> names) => Names = names;

    /// <summary>In order; empty where the profile lays none.</summary>
    public IReadOnlyList<string> Names { get; }

    public static SecretDecoys For(Profile profile) => new(profile.Honeypots.Contains(SecretDoor.Plane)
        ? [.. Lures.Where(lure => SecretPolicy.Find(profile, lure) is null)]
        : []);

    public bool Has(string name) => Names.Contains(name, StringComparer.Ordinal);
}

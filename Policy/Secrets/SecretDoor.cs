using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Secrets;

/// <summary>The sandbox's own way to the broker. It is there only where a profile asks for something that needs it.</summary>
public static class SecretDoor
{
    /// <summary>Plane name in <c>honeypots</c>.</summary>
    public const string Plane = "secrets";

    public static bool IsAsked(Profile profile)
    {
        ArgumentNullException.ThrowIfNull(profile);
        return profile.Honeypots.Contains(Plane) || profile.Secrets.Any(grant => grant.IsForAgent);
    }
}

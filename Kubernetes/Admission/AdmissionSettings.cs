namespace SecureAgent.Kubernetes.Admission;

/// <summary>What the rules are about in one cluster.</summary>
public sealed record AdmissionSettings
{
    public string SystemNamespace { get; init; } = "secure-agent-system";

    public string SessionNamespace { get; init; } = "secure-agent-sessions";

    public string RoleLabel { get; init; } = "secureagent.dev/role";

    /// <summary>Roles that pods of the gates' namespace may have.</summary>
    public IReadOnlyList<string> SystemRoles { get; init; } = ["gate", "runner"];

    public string SessionRole { get; init; } = "sandbox";

    /// <summary>The only container of an agent's pod that may mount a token.</summary>
    public string TokenHolder { get; init; } = "relay";

    public IReadOnlyList<string> RuntimeClasses { get; init; } = ["kata", "gvisor"];

    /// <summary>Prefixes of image names; each ends with a slash, so that none is the start of somebody else's name.</summary>
    public IReadOnlyList<string> Registries { get; init; } = ["registry.example/secure-agent/"];

    /// <summary>The settings, when they are safe to put between quotes in CEL and Rego.</summary>
    internal AdmissionSettings Checked()
    {
        var words = new[] { SystemNamespace, SessionNamespace, RoleLabel, SessionRole, TokenHolder }.Concat(SystemRoles).Concat(RuntimeClasses).Concat(Registries);
        if (words.FirstOrDefault(word => word.Length == 0 || !word.All(IsPlain)) is { } odd)
        {
            throw new ArgumentException($"'{odd}' cannot be part of an admission rule; use letters, digits and -_./:");
        }

        if (SystemRoles.Count == 0 || RuntimeClasses.Count == 0 || Registries.Count == 0 || Registries.FirstOrDefault(prefix => !prefix.EndsWith('/')) is not null)
        {
            throw new ArgumentException("name at least one role, one runtime class and one registry; a registry ends with '/'");
        }

        return this;
    }

    private static bool IsPlain(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.' or '/' or ':';
}

namespace SecureAgent.Kubernetes.Objects;

internal static class KubernetesName
{
    /// <summary>A name an object may have; what it may not hold becomes a hyphen.</summary>
    public static string Of(string text) =>
        new string([.. text.ToLowerInvariant().Select(sign => char.IsAsciiLetterLower(sign) || char.IsAsciiDigit(sign) ? sign : '-')]).Trim('-');
}

using SecureAgent.Policy.Document;

namespace SecureAgent.Policy;

/// <summary>The policy lines that would allow what was denied, for the summary and for refusals.</summary>
public static class Suggestions
{
    /// <summary>YAML to put under the profile, or empty when nothing may allow it (metadata addresses, escaping paths).</summary>
    public static string For(Profile profile, string plane, string subject, ReasonCode reason) => "";
}

using SecureAgent.Policy.Document;
using SecureAgent.Policy.Suggesting;

namespace SecureAgent.Policy;

/// <summary>The policy lines that would allow what was denied, for the summary and for refusals.</summary>
public static class Suggestions
{
    /// <summary>YAML to put under the profile, or empty when nothing may allow it (metadata addresses, escaping paths).</summary>
    /// <param name="plane"><c>files</c>, <c>egress</c>, <c>dns</c>, <c>inference</c>, <c>session</c> or <c>process</c>; any other has no suggestions.</param>
    /// <param name="subject">A path, <c>host:port</c>, a looked-up name, or a model. Untrusted: it only ever becomes a quoted value or part of a comment.</param>
    public static string For(Profile profile, string plane, string subject, ReasonCode reason)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(plane);
        ArgumentNullException.ThrowIfNull(subject);
        return Amendment.Of(profile, new DeniedSubject(plane, subject, reason)) is { } amendment
            ? $"# {amendment.Note}\n{ProfileText.Section(amendment)}"
            : "";
    }
}

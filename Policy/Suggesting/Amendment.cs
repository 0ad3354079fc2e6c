using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Suggesting;

/// <summary>What was denied, in the words of an audit record.</summary>
public sealed record DeniedSubject(string Plane, string Subject, ReasonCode Reason);

/// <summary>The profile as it would have to be for one denied subject to be allowed.</summary>
/// <param name="Section">The key of the profile that differs.</param>
/// <param name="Entry">Index of the entry that differs, where the section is a list.</param>
/// <param name="Note">What the change does, on one line.</param>
internal sealed record Amendment(Profile Profile, string Section, int Entry, string Note)
{
    /// <summary>Null when nothing may allow it, when it is allowed already, or when policy is not what refused it.</summary>
    public static Amendment? Of(Profile profile, DeniedSubject denied) => denied.Plane switch
    {
        "files" => FileAmendment.Of(profile, denied.Subject, denied.Reason),
        "egress" => EgressAmendment.Of(profile, denied.Subject, denied.Reason),
        "dns" => EgressAmendment.OfName(profile, denied.Subject),
        "inference" => InferenceAmendment.Of(profile, denied.Subject, denied.Reason),
        "process" or "session" => SandboxAmendment.Of(profile, denied.Reason),
        _ => null,
    };

    /// <summary>A rule that no document holds yet.</summary>
    public static RuleRef NewRule(string path, string text) => new(path, text, 0);

    public static IReadOnlyList<T> Replace<T>(IReadOnlyList<T> list, int at, T value)
    {
        var copy = list.ToList();
        if (at < copy.Count)
        {
            copy[at] = value;
        }
        else
        {
            copy.Add(value);
        }

        return copy;
    }
}

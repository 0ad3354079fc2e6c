using System.Text;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Suggesting;

/// <summary>A document that would have allowed what a session was denied: for <c>--save-policy</c>, to be reviewed before use.</summary>
public static class PolicyDraft
{
    /// <summary>The profile with every suggestion merged in, headed by comments that name each change and what nothing may allow.</summary>
    public static string Write(Profile profile, IEnumerable<DeniedSubject> denials)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentNullException.ThrowIfNull(denials);
        var head = new StringBuilder("# A draft. Each line below widens what an agent may do: keep only what the task needs.\n");
        var draft = profile;
        foreach (var denied in denials.Distinct())
        {
            if (Amendment.Of(draft, denied) is { } amendment)
            {
                draft = amendment.Profile;
                head.Append("#   ").Append(amendment.Note).Append('\n');
            }
            else if (Amendment.Of(profile, denied) is null)
            {
                head.Append("#   not allowed by any line: ").Append(Display.Short(denied.Plane)).Append(' ').Append(Display.Short(denied.Subject))
                    .Append(" (").Append(denied.Reason.Name()).Append(")\n");
            }
        }

        return head + ProfileText.Document(draft);
    }
}

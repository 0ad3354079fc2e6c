using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.FileGate.Changes;

/// <summary>Whether a path may be changed, by itself, and how.</summary>
/// <param name="IsProposed">The change waits for the operator.</param>
internal readonly record struct ChangeRight(Decision Decision, FileGrant? Grant, bool IsProposed)
{
    public static ChangeRight Of(FileSession session, string path, ChangeTerms terms)
    {
        if (TemporaryNames.IsIn(path))
        {
            return new ChangeRight(Decision.Deny(ReasonCode.PathInvalid), null, false);
        }

        var write = FilePolicy.Decide(session.Grants, path, FileOperation.Write);
        var decision = write.IsAllowed || terms.Directly ? write : FilePolicy.Decide(session.Grants, path, FileOperation.Propose);
        if (terms.IsApproved && decision is { IsAllowed: false, Reason: ReasonCode.AccessNotGranted })
        {
            var read = FilePolicy.GrantOf(session.Grants, FilePolicy.Decide(session.Grants, path, FileOperation.Read));
            return new ChangeRight(read is null ? decision : Decision.Allow(OperatorsRule(path)), read, false);
        }

        var grant = FilePolicy.GrantOf(session.Grants, decision);
        return new ChangeRight(grant is null && decision.IsAllowed ? default : decision, grant, !write.IsAllowed);
    }

    /// <summary>Stands for the rule where the operator's word is one.</summary>
    public static RuleRef OperatorsRule(string path) => new("ask", path, 0);

    /// <summary>How much of a file's secrets a read of this path shows; the lower, the more.</summary>
    public static int Secrecy(FileSession session, string path) =>
        FilePolicy.GrantOf(session.Grants, FilePolicy.Decide(session.Grants, path, FileOperation.Read))?.Redact switch
        {
            RedactionMode.Off => 0,
            RedactionMode.Mask => 1,
            RedactionMode.Block => 2,
            _ => 3,
        };
}

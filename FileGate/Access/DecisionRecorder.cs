using System.Diagnostics;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Access;

/// <summary>The operations of the file plane as audit records and metrics name them; a closed set.</summary>
internal static class FileOperations
{
    public const string Stat = "stat";
    public const string List = "list";
    public const string Read = "read";
    public const string Search = "search";
    public const string Archive = "archive";
    public const string Watch = "watch";
    public const string Write = "write";
    public const string Propose = "propose";
}

/// <summary>Writes the one record of a decision. Returns the decision that may be acted on: no record, no access.</summary>
internal sealed class DecisionRecorder(AuditLog audit, FileGateTelemetry telemetry, ILogger<DecisionRecorder> log)
{
    public Decision Record(FileSession session, string operation, string path, Decision decision, params IReadOnlyList<AuditFact> facts)
    {
        try
        {
            audit.Append(new AuditEntry(AuditKinds.Decision, AuditPlanes.Files)
            {
                Session = session.Context.Id,
                Subject = path,
                Decision = decision,
                Trace = TraceOf(session),
                Facts = [AuditFact.Of("op", operation), .. facts],
            });
        }
        catch (AuditUnavailableException error)
        {
            log.AuditUnavailable(error, session.Context.Id);
            decision = Decision.Deny(ReasonCode.AuditUnavailable);
        }

        telemetry.Decided(operation, decision);
        return decision;
    }

    /// <summary>Records a refusal and gives the answer for the client.</summary>
    public Refusal Refuse(FileSession session, string operation, string path, Decision decision) =>
        Refusal.Of(session, path, Record(session, operation, path, decision));

    /// <summary>The operator is asked for a change. False when that cannot be put on record.</summary>
    public bool Asked(FileSession session, string path, params IReadOnlyList<AuditFact> facts)
    {
        try
        {
            audit.Append(new AuditEntry(FileGateAudit.Asked, AuditPlanes.Files) { Session = session.Context.Id, Subject = path, Trace = TraceOf(session), Facts = facts });
            return true;
        }
        catch (AuditUnavailableException error)
        {
            log.AuditUnavailable(error, session.Context.Id);
            return false;
        }
    }

    /// <summary>
    /// What a stream delivered in the end. Its bytes have left already under the decision's record, so a failure here denies nothing more;
    /// the log reports itself unhealthy and the next decision is refused.
    /// </summary>
    public void Receipt(FileSession session, string path, params IReadOnlyList<AuditFact> facts)
    {
        try
        {
            audit.Append(new AuditEntry(FileGateAudit.Receipt, AuditPlanes.Files)
            {
                Session = session.Context.Id, Subject = path, Trace = TraceOf(session), Facts = facts,
            });
        }
        catch (AuditUnavailableException error)
        {
            log.AuditUnavailable(error, session.Context.Id);
        }
    }

    private static string? TraceOf(FileSession session) =>
        (Activity.Current?.TraceId ?? session.Context.TraceParent.TraceId) is var trace && trace != default ? trace.ToHexString() : null;
}

/// <summary>Kinds of record only this gate writes.</summary>
internal static class FileGateAudit
{
    /// <summary>The end of a read longer than one chunk: bytes delivered and their SHA-256.</summary>
    public const string Receipt = "read.receipt";

    /// <summary>A change is held for the operator; its decision follows.</summary>
    public const string Asked = "write.asked";
}

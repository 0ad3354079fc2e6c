using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Reports;

/// <summary>Counts of decisions by plane.</summary>
internal static class SessionCounts
{
    public static void Fill(Summary summary, IReadOnlyList<AuditRecord> records)
    {
        summary.AuditRecords = records.Count;
        summary.Files = Count(records, IsRelease, AuditPlanes.Files);
        // A look-up is an attempt at the network like any other.
        summary.Egress = Count(records, _ => true, AuditPlanes.Egress, AuditPlanes.Dns);
        summary.Secrets = Count(records, _ => true, AuditPlanes.Secrets);
        summary.Inference = Count(records, _ => true, AuditPlanes.Inference);
        summary.FileBytes = records.Where(record => record.Plane == AuditPlanes.Files && record.IsDecision && record.IsAllowed && IsRelease(record))
            .Sum(record => record.Number("bytes"));
        if (records.LastOrDefault(record => record.Kind == "change.waiting") is { } waiting)
        {
            (summary.ChangesWaiting, summary.ChangesHeld) = (waiting.Number("changes"), waiting.Number("held"));
        }

        summary.Tokens = records.Where(record => record.Plane == AuditPlanes.Inference).Sum(record => record.Number("tokens"));
    }

    /// <summary>Of what the file plane allows only reads release content; looking at names and sizes is not "a file read".</summary>
    private static bool IsRelease(AuditRecord record) => record.Facts.GetValueOrDefault("op", "read") == "read";

    private static PlaneCounts Count(IReadOnlyList<AuditRecord> records, Func<AuditRecord, bool> counts, params string[] planes)
    {
        var decisions = records.Where(record => record.IsDecision && planes.Contains(record.Plane)).ToList();
        return new PlaneCounts
        {
            Allowed = decisions.Count(record => record.IsAllowed && counts(record)),
            Denied = decisions.Count(record => !record.IsAllowed),
        };
    }
}

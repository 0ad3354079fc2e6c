using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Reports;

/// <summary>What was refused, equal refusals together, most frequent first.</summary>
internal static class SessionDenials
{
    private const int Most = 50;

    private static readonly Dictionary<string, ReasonCode> Reasons = Enum.GetValues<ReasonCode>().ToDictionary(code => code.Name(), StringComparer.Ordinal);

    public static IEnumerable<Denial> From(IReadOnlyList<AuditRecord> records, Profile profile) =>
        records.Where(record => record.IsDecision && !record.IsAllowed)
            .GroupBy(record => (record.Plane, Subject: record.Subject ?? "", record.Reason, record.Rule))
            .OrderByDescending(group => group.Count())
            .ThenBy(group => group.Key.Subject, StringComparer.Ordinal)
            .Take(Most)
            .Select(group => new Denial
            {
                Plane = group.Key.Plane == AuditPlanes.Session ? "process" : group.Key.Plane,
                Subject = UntrustedText.Unambiguous(group.Key.Subject),
                Reason = group.Key.Reason ?? "",
                Rule = group.Key.Rule ?? "",
                Count = group.Count(),
                Suggestion = Reasons.TryGetValue(group.Key.Reason ?? "", out var reason)
                    ? Suggestions.For(profile, group.Key.Plane, group.Key.Subject, reason)
                    : "",
            });

    /// <summary>What tripped an alarm, in the order of the record.</summary>
    public static IEnumerable<Denial> Alarms(IReadOnlyList<AuditRecord> records) =>
        records.Where(record => record.Kind == AuditKinds.Alarm).Take(Most).Select(record => new Denial
        {
            Plane = record.Plane, Subject = UntrustedText.Unambiguous(record.Subject ?? ""), Reason = record.Reason ?? "", Rule = record.Rule ?? "", Count = 1,
        });
}

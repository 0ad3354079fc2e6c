using System.Diagnostics;
using System.Diagnostics.Metrics;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.SecretBroker;

internal static class SecretBrokerTelemetry
{
    private static readonly Counter<long> Decisions = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.secrets.decisions", "{decision}", "Requests for a lease; labels: verdict (allow, deny), reason.");

    private static readonly Counter<long> Revoked = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.secrets.leases.revoked", "{lease}", "Leases ended before their lifetime.");

    private static readonly Histogram<double> IssueTime = ServiceTelemetry.Meter.CreateHistogram<double>(
        "secureagent.secrets.issue.duration", "s", "Time from request to lease, durable audit record included.");

    public static void Decided(Decision decision, TimeSpan took)
    {
        var tags = new TagList { { "verdict", decision.IsAllowed ? "allow" : "deny" }, { "reason", decision.Reason.Name() } };
        Decisions.Add(1, tags);
        IssueTime.Record(took.TotalSeconds, tags);
    }

    public static void RevokedLeases(int count) => Revoked.Add(count);
}

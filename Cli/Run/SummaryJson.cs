using System.Text;
using System.Text.Json;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Run;

/// <summary>The one JSON object of <c>run --json</c>. Fields are only ever added.</summary>
internal static class SummaryJson
{
    private static readonly JsonWriterOptions Indented = new() { Indented = true };

    public static string Write(Summary summary, string answer)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            json.WriteString("sessionId", summary.SessionId);
            json.WriteNumber("exitCode", summary.ExitCode);
            json.WriteString("endReason", summary.EndReason);
            json.WriteString("answer", answer);
            json.WriteNumber("durationMs", summary.DurationMs);
            Section(json, "files", ("read", summary.Files.Allowed), ("bytes", summary.FileBytes), ("denied", summary.Files.Denied));
            Section(json, "egress", ("allowed", summary.Egress.Allowed), ("denied", summary.Egress.Denied));
            Section(json, "secrets", ("leases", summary.Secrets.Allowed), ("denied", summary.Secrets.Denied));
            Section(json, "inference", ("requests", summary.Inference.Allowed), ("denied", summary.Inference.Denied), ("tokens", summary.Tokens));
            Section(json, "changes", ("waiting", summary.ChangesWaiting), ("held", summary.ChangesHeld));
            json.WriteStartObject("audit");
            json.WriteNumber("records", summary.AuditRecords);
            json.WriteBoolean("verified", summary.AuditVerified);
            json.WriteEndObject();
            WriteDenials(json, "denials", summary.Denials);
            WriteDenials(json, "alarms", summary.Alarms);
            json.WriteStartArray("degraded");
            foreach (var layer in summary.Degraded)
            {
                json.WriteStringValue(layer);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteDenials(Utf8JsonWriter json, string name, IEnumerable<Denial> denials)
    {
        json.WriteStartArray(name);
        foreach (var denial in denials)
        {
            json.WriteStartObject();
            json.WriteString("plane", denial.Plane);
            json.WriteString("subject", denial.Subject);
            json.WriteString("reason", denial.Reason);
            json.WriteString("rule", denial.Rule);
            json.WriteNumber("count", denial.Count);
            json.WriteString("suggestion", denial.Suggestion);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Section(Utf8JsonWriter json, string name, params ReadOnlySpan<(string Name, long Value)> values)
    {
        json.WriteStartObject(name);
        foreach (var (key, value) in values)
        {
            json.WriteNumber(key, value);
        }

        json.WriteEndObject();
    }
}

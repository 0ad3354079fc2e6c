using System.Text;
using System.Text.Json;

namespace SecureAgent.ManifestChecks.Reporting;

public static class JsonReport
{
    public static string Write(CheckReport report)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteNumber("objects", report.Objects);
            json.WriteNumber("rules", report.Rules.Count);
            json.WriteStartArray("notManifests");
            foreach (var file in report.OtherFiles)
            {
                json.WriteStringValue(file);
            }

            json.WriteEndArray();
            json.WriteStartArray("findings");
            foreach (var finding in report.Findings)
            {
                json.WriteStartObject();
                json.WriteString("rule", finding.Rule.Id);
                json.WriteString("severity", finding.Rule.Severity.Word());
                json.WriteString("file", finding.File);
                json.WriteNumber("line", finding.Line);
                json.WriteString("object", finding.Subject);
                json.WriteString("detail", finding.Detail);
                json.WriteString("mend", finding.Rule.Mend);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}

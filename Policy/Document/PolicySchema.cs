using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecureAgent.Policy.Document.Keys;

namespace SecureAgent.Policy.Document;

/// <summary>The policy language as JSON Schema 2020-12, for editors. Written from the same keys that the parser reads.</summary>
public static class PolicySchema
{
    public const string Id = "https://secureagent.dev/schema/policy-v1.json";

    public static string Write()
    {
        using var buffer = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, IndentSize = 2, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteString("$schema", "https://json-schema.org/draft/2020-12/schema");
            json.WriteString("$id", Id);
            json.WriteString("title", "SecureAgent policy");
            DocumentKeys.Type.WriteSchema(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length) + "\n";
    }
}

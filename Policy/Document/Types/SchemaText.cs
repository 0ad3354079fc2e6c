using System.Text.Json;

namespace SecureAgent.Policy.Document.Types;

internal static class SchemaText
{
    /// <summary>What a key adds to its type's schema. An object's own description stands there already.</summary>
    public static void WriteKey(Utf8JsonWriter json, Key key)
    {
        if (key.Type.Nested is null || key.Type.Text != "object")
        {
            json.WriteString("description", key.Type.Text.Length > 0 ? $"{key.Description} ({key.Type.Text})" : key.Description);
        }

        if (key.DefaultText.Length > 0)
        {
            json.WritePropertyName("default");
            WriteDefault(json, key.DefaultText);
        }
    }

    /// <summary>Flow YAML of the defaults is JSON but for the unquoted words.</summary>
    private static void WriteDefault(Utf8JsonWriter json, string text)
    {
        if (text.StartsWith('['))
        {
            json.WriteStartArray();
            foreach (var item in text.Trim('[', ']').Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            {
                WriteDefault(json, item);
            }

            json.WriteEndArray();
        }
        else if (text is "true" or "false" || double.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _))
        {
            json.WriteRawValue(text);
        }
        else
        {
            json.WriteStringValue(text);
        }
    }
}

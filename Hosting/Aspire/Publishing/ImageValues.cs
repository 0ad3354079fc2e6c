using System.Text.Json.Nodes;

namespace SecureAgent.Hosting.Aspire.Publishing;

/// <summary>Puts the chart's expressions where an object names an image.</summary>
internal static class ImageValues
{
    public static void Put(JsonNode? node, IReadOnlyDictionary<string, string> values)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                Put(item, values);
            }
        }
        else if (node is JsonObject members)
        {
            if (members["image"] is JsonValue image && image.TryGetValue<string>(out var text) && values.TryGetValue(text, out var expression))
            {
                members["image"] = expression;
            }

            foreach (var (_, member) in members)
            {
                Put(member, values);
            }
        }
    }
}

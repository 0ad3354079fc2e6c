using System.Text.Json.Nodes;

namespace SecureAgent.Hosting.Aspire.Publishing;

/// <summary>Text of ours that a chart must not take for a template.</summary>
internal static class HelmText
{
    private const string Open = "{{";

    /// <summary>The object with every <c>{{</c> in its texts written so that Helm gives it back.</summary>
    public static JsonObject Escape(JsonObject node) => (JsonObject)Of(node)!;

    private static JsonNode? Of(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.Select(member => KeyValuePair.Create(member.Key, Of(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Of)]),
        JsonValue value when value.TryGetValue<string>(out var text) && text.Contains(Open, StringComparison.Ordinal) => text.Replace(Open, "{{ \"{{\" }}", StringComparison.Ordinal),
        _ => node?.DeepClone(),
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>Structural schemas as an API server applies them with strict field validation: what a schema does not name is a fault.</summary>
internal static class SchemaCheck
{
    public static IReadOnlyList<string> Faults(JsonNode schema, JsonNode value) => [.. Check(schema, value, "")];

    private static IEnumerable<string> Check(JsonNode schema, JsonNode? value, string path)
    {
        if (value is null)
        {
            return [$"{path} is null"];
        }

        if (schema["type"] is { } type && schema["x-kubernetes-int-or-string"] is null && !IsOf((string)type!, value))
        {
            return [$"{path} is not {type}"];
        }

        return value switch
        {
            JsonObject members => Members(schema, members, path),
            JsonArray items => Items(schema, items, path),
            _ => Text(schema, value, path),
        };
    }

    private static IEnumerable<string> Members(JsonNode schema, JsonObject members, string path)
    {
        var known = schema["properties"] as JsonObject;
        var isOpen = known is null && schema["additionalProperties"] is null;
        var missing = (schema["required"] as JsonArray ?? []).Select(name => (string)name!).Where(name => !members.ContainsKey(name)).Select(name => $"{path}.{name} is missing");
        return missing.Concat(members.SelectMany(member =>
            known?[member.Key] is { } inner ? Check(inner, member.Value, $"{path}.{member.Key}")
            : schema["additionalProperties"] is JsonObject each ? Check(each, member.Value, $"{path}.{member.Key}")
            : isOpen || schema["x-kubernetes-preserve-unknown-fields"] is not null ? []
            : [$"{path}.{member.Key} is unknown"]));
    }

    private static IEnumerable<string> Items(JsonNode schema, JsonArray items, string path)
    {
        if (schema["maxItems"] is { } most && items.Count > (int)most)
        {
            yield return $"{path} has more than {most} items";
        }

        for (var at = 0; at < items.Count; at++)
        {
            foreach (var fault in schema["items"] is { } inner ? Check(inner, items[at], $"{path}[{at}]") : [])
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> Text(JsonNode schema, JsonNode value, string path)
    {
        if (schema["enum"] is JsonArray allowed && !allowed.Any(each => JsonNode.DeepEquals(each, value)))
        {
            yield return $"{path} is not one of {allowed.ToJsonString()}";
        }

        if (value.GetValueKind() == JsonValueKind.String && schema["pattern"] is { } pattern && !Regex.IsMatch((string)value!, (string)pattern!, RegexOptions.None, TimeSpan.FromSeconds(1)))
        {
            yield return $"{path} does not match {pattern}";
        }
    }

    private static bool IsOf(string type, JsonNode value) => type switch
    {
        "object" => value is JsonObject,
        "array" => value is JsonArray,
        "string" => value.GetValueKind() == JsonValueKind.String,
        "boolean" => value.GetValueKind() is JsonValueKind.True or JsonValueKind.False,
        "integer" or "number" => value.GetValueKind() == JsonValueKind.Number,
        _ => false,
    };
}

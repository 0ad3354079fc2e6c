using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>A mapping whose keys are names the user chooses, and whose values know them.</summary>
internal sealed class MapType<T>(ValueType<T> item, string what, Pattern name, bool isNeverEmpty = false) : MapType<T, T>(item, (_, value) => value, what, name, isNeverEmpty);

/// <summary>A mapping whose keys are names the user chooses.</summary>
/// <param name="join">Makes one of a name and its value.</param>
internal class MapType<TItem, T>(ValueType<TItem> item, Func<string, TItem, T> join, string what, Pattern name, bool isNeverEmpty = false) : ValueType<IReadOnlyList<T>>
{
    public override string Text => $"mapping of {what}";

    public override ObjectShape? Nested => item.Nested;

    public override bool TryRead(YamlNode node, Scope scope, out IReadOnlyList<T> value)
    {
        var read = new List<T>();
        value = read;
        if (node is not YamlMapping mapping)
        {
            scope.Error(node, $"is {node.Kind} but must be a {Text}");
            return false;
        }

        if (isNeverEmpty && mapping.Entries.Count == 0)
        {
            scope.Error(node, "is empty; name at least one");
        }

        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (key, entry) in mapping.Entries)
        {
            var inner = scope.Key(Display.Short(key.Value));
            if (!name.IsMatch(key.Value))
            {
                inner.Error(key, $"'{Display.Short(key.Value)}' is no name for one of these; use {name.Text}");
            }
            else if (!seen.TryAdd(key.Value, key.Line))
            {
                inner.Error(key, $"is written twice, first on line {seen[key.Value]}; keep one");
            }
            else if (item.TryRead(entry, inner, out var one))
            {
                read.Add(join(key.Value, one));
            }
        }

        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "object");
        json.WriteStartObject("propertyNames");
        json.WriteString("pattern", name.ToString());
        json.WriteEndObject();
        json.WriteStartObject("additionalProperties");
        item.WriteSchema(json);
        json.WriteEndObject();
        if (isNeverEmpty)
        {
            json.WriteNumber("minProperties", 1);
        }
    }
}

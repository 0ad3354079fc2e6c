using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>A list. An empty one allows nothing, and where that can only be a mistake it is refused (<paramref name="isNeverEmpty"/>).</summary>
internal sealed class ListType<T>(ValueType<T> item, bool isNeverEmpty = false, bool isSet = true) : ValueType<IReadOnlyList<T>>
{
    public override string Text => (isNeverEmpty ? "list of at least one: " : "list of: ") + item.Text;

    public override ObjectShape? Nested => item.Nested;

    public override bool TryRead(YamlNode node, Scope scope, out IReadOnlyList<T> value)
    {
        var read = new List<T>();
        value = read;
        if (node is not YamlSequence sequence)
        {
            var mend = node is YamlScalar { IsNull: false } scalar ? $"; write [{Display.Short(scalar.Value)}]" : "";
            scope.Error(node, $"is {node.Kind} but must be a list{mend}");
            return false;
        }

        if (isNeverEmpty && sequence.Items.Count == 0)
        {
            scope.Error(node, "is empty, which would allow nothing; name at least one, or remove the rule");
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var at = 0; at < sequence.Items.Count; at++)
        {
            if (!item.TryRead(sequence.Items[at], scope.Item(at), out var one))
            {
                continue;
            }

            if (isSet && sequence.Items[at] is YamlScalar written && !seen.Add(written.Value))
            {
                scope.Item(at).Error(sequence.Items[at], $"{sequence.Items[at].Kind} is listed twice; remove one");
            }

            read.Add(one);
        }

        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "array");
        json.WriteStartObject("items");
        item.WriteSchema(json);
        json.WriteEndObject();
        if (isNeverEmpty)
        {
            json.WriteNumber("minItems", 1);
        }

        if (isSet)
        {
            json.WriteBoolean("uniqueItems", true);
        }
    }
}

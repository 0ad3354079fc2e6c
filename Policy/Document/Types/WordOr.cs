using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>One word with a meaning of its own, or a value of another type.</summary>
internal sealed class WordOr<T>(string word, T meaning, ValueType<T> other) : ValueType<T>
{
    public override string Text => $"{word}, or {other.Text}";

    public override ObjectShape? Nested => other.Nested;

    public override bool TryRead(YamlNode node, Scope scope, out T value)
    {
        if (node is YamlScalar scalar)
        {
            value = meaning;
            if (scalar.Value == word)
            {
                return true;
            }

            scope.Error(node, $"is '{Display.Short(scalar.Value)}' but must be {word} or a mapping");
            return false;
        }

        return other.TryRead(node, scope, out value!);
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteStartArray("oneOf");
        json.WriteStartObject();
        json.WriteString("const", word);
        json.WriteEndObject();
        json.WriteStartObject();
        other.WriteSchema(json);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}

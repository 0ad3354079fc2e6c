using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>A mapping with a closed set of keys.</summary>
internal sealed class ObjectType<T>(ObjectShape shape, Func<ObjectView, T> build) : ValueType<T>
{
    public override string Text => "object";

    public override ObjectShape Nested => shape;

    /// <summary>Builds even when keys were wrong, from the fallbacks: so that checks between keys are reported in the same run.</summary>
    public override bool TryRead(YamlNode node, Scope scope, out T value)
    {
        if (node is not YamlMapping mapping)
        {
            scope.Error(node, $"is {node.Kind} but must be a mapping of {ListOf(shape.Keys)}");
            value = default!;
            return false;
        }

        CheckKeys(mapping, scope);
        value = build(new ObjectView(mapping, scope, scope.Path[(scope.Path.LastIndexOf('.') + 1)..]));
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "object");
        json.WriteString("description", shape.Description);
        json.WriteBoolean("additionalProperties", false);
        var required = shape.Keys.Where(key => key.IsRequired).ToList();
        if (required.Count > 0)
        {
            json.WriteStartArray("required");
            required.ForEach(key => json.WriteStringValue(key.Name));
            json.WriteEndArray();
        }

        WriteAlternatives(json);
        json.WriteStartObject("properties");
        foreach (var key in shape.Keys)
        {
            json.WriteStartObject(key.Name);
            key.Type.WriteSchema(json);
            SchemaText.WriteKey(json, key);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private void CheckKeys(YamlMapping mapping, Scope scope)
    {
        var seen = new Dictionary<string, YamlScalar>(StringComparer.Ordinal);
        foreach (var (key, _) in mapping.Entries)
        {
            var name = key.Value;
            if (scope.Errors.IsFull)
            {
                return;
            }

            if (!shape.Keys.Any(known => known.Name == name))
            {
                scope.Error(key, $"unknown key '{Display.Short(name)}'; {Nearest.Hint(name, shape.Keys.Select(known => known.Name))}");
            }
            else if (seen.TryGetValue(name, out var first))
            {
                scope.Key(name).Error(key, $"is written twice, first on line {first.Line}; keep one");
            }
            else
            {
                seen.Add(name, key);
            }
        }

        if (shape.ExactlyOneOf is not null)
        {
            CheckAlternatives(mapping, scope);
        }

        foreach (var missing in shape.Keys.Where(key => key.IsRequired && !seen.ContainsKey(key.Name)))
        {
            scope.Error(mapping, $"the key '{missing.Name}' is missing; add it ({missing.Type.Text})");
        }
    }

    private void CheckAlternatives(YamlMapping mapping, Scope scope)
    {
        var present = mapping.Entries.Where(entry => shape.ExactlyOneOf!.Any(key => key.Name == entry.Key.Value)).DistinctBy(entry => entry.Key.Value).ToList();
        if (present.Count == 0)
        {
            scope.Error(mapping, $"has none of {ListOf(shape.ExactlyOneOf!)}; add one");
        }
        else if (present.Count > 1)
        {
            scope.Error(present[1].Key, $"has more than one of {ListOf(shape.ExactlyOneOf!)}; keep one");
        }
    }

    private void WriteAlternatives(Utf8JsonWriter json)
    {
        if (shape.ExactlyOneOf is null)
        {
            return;
        }

        json.WriteStartArray("oneOf");
        foreach (var key in shape.ExactlyOneOf)
        {
            json.WriteStartObject();
            json.WriteStartArray("required");
            json.WriteStringValue(key.Name);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string ListOf(IEnumerable<Key> keys) => string.Join(", ", keys.Select(key => key.Name));
}

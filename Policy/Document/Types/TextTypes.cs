using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>A string of one form. Numbers and booleans without quotes are not strings, as in JSON Schema.</summary>
internal sealed class TextType(Pattern pattern) : ValueType<string>
{
    public override string Text => pattern.Text;

    public override bool TryRead(YamlNode node, Scope scope, out string value)
    {
        value = "";
        if (!scope.TryScalar(node, pattern.Text, out var scalar) || !IsString(scalar, scope))
        {
            return false;
        }

        value = scalar.Value;
        if (pattern.IsMatch(value))
        {
            return true;
        }

        scope.Error(node, $"'{Display.Short(value)}' must be {pattern.Text}");
        return false;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", pattern.ToString());
    }

    public static bool IsString(YamlScalar scalar, Scope scope)
    {
        var isOther = scalar.IsPlain
            && (scalar.Value.ToLowerInvariant() is "true" or "false" || double.TryParse(scalar.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        if (isOther)
        {
            scope.Error(scalar, $"{scalar.Value} is read as a number or a truth value but must be text; write \"{scalar.Value}\"");
        }

        return !isOther;
    }
}

/// <summary>One of a closed set of words.</summary>
internal sealed class ChoiceType<T>(params (string Word, T Value)[] choices) : ValueType<T>
{
    public override string Text => choices.Length == 1 ? choices[0].Word : "one of " + string.Join(", ", choices.Select(choice => choice.Word));

    public override bool TryRead(YamlNode node, Scope scope, [MaybeNullWhen(false)] out T value)
    {
        value = default;
        if (!scope.TryScalar(node, Text, out var scalar))
        {
            return false;
        }

        foreach (var choice in choices)
        {
            if (choice.Word == scalar.Value)
            {
                value = choice.Value;
                return true;
            }
        }

        scope.Error(node, $"'{Display.Short(scalar.Value)}' is not known; {Nearest.Hint(scalar.Value, choices.Select(choice => choice.Word))}");
        return false;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteStartArray("enum");
        foreach (var (word, _) in choices)
        {
            json.WriteStringValue(word);
        }

        json.WriteEndArray();
    }
}

internal sealed class FlagType : ValueType<bool>
{
    public override string Text => "true or false";

    public override bool TryRead(YamlNode node, Scope scope, out bool value)
    {
        value = false;
        if (!scope.TryScalar(node, Text, out var scalar))
        {
            return false;
        }

        value = scalar is { IsPlain: true, Value: "true" };
        if (value || scalar is { IsPlain: true, Value: "false" })
        {
            return true;
        }

        scope.Error(node, $"'{Display.Short(scalar.Value)}' must be true or false, without quotes");
        return false;
    }

    public override void WriteSchema(Utf8JsonWriter json) => json.WriteString("type", "boolean");
}

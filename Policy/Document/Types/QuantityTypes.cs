using System.Globalization;
using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>A number without quotes. <paramref name="isWhole"/> refuses fractions.</summary>
internal sealed class NumberType(decimal min, decimal max, bool isWhole) : ValueType<decimal>
{
    public override string Text => $"{(isWhole ? "whole number" : "number")}, {Plain(min)} to {Plain(max)}";

    public override bool TryRead(YamlNode node, Scope scope, out decimal value)
    {
        value = 0;
        if (!scope.TryScalar(node, $"a {Text}", out var scalar))
        {
            return false;
        }

        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!scalar.IsPlain || !decimal.TryParse(scalar.Value, Style, CultureInfo.InvariantCulture, out value))
        {
            scope.Error(node, $"'{Display.Short(scalar.Value)}' must be a {Text}, without quotes");
            return false;
        }

        if (value >= min && value <= max && (!isWhole || decimal.IsInteger(value)))
        {
            return true;
        }

        scope.Error(node, $"{Display.Short(scalar.Value)} is out of range; use a {Text}");
        return false;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", isWhole ? "integer" : "number");
        json.WriteNumber("minimum", min);
        json.WriteNumber("maximum", max);
    }

    private static string Plain(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Narrows what another type read.</summary>
internal sealed class As<TFrom, TTo>(ValueType<TFrom> from, Func<TFrom, TTo> convert) : ValueType<TTo>
{
    public override string Text => from.Text;

    public override ObjectShape? Nested => from.Nested;

    public override bool TryRead(YamlNode node, Scope scope, out TTo value)
    {
        var isRead = from.TryRead(node, scope, out var read);
        value = isRead ? convert(read!) : default!;
        return isRead;
    }

    public override void WriteSchema(Utf8JsonWriter json) => from.WriteSchema(json);
}

/// <summary>Bytes: <c>512KiB</c>, <c>10MiB</c>, <c>1GB</c>.</summary>
internal sealed class SizeType(long min, long max) : ValueType<long>
{
    public override string Text => $"size, {SizeText.Of(min)} to {SizeText.Of(max)}";

    public override bool TryRead(YamlNode node, Scope scope, out long value)
    {
        value = 0;
        if (!scope.TryScalar(node, Patterns.Size.Text, out var scalar))
        {
            return false;
        }

        if (!Patterns.Size.IsMatch(scalar.Value))
        {
            scope.Error(node, $"'{Display.Short(scalar.Value)}' must be {Patterns.Size.Text}");
            return false;
        }

        var bytes = SizeText.Parse(scalar.Value);
        if (bytes < min || bytes > max)
        {
            scope.Error(node, $"{scalar.Value} is out of range; use a {Text}");
            return false;
        }

        value = (long)bytes;
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", Patterns.Size.ToString());
    }
}

/// <summary>A length of time: <c>500ms</c>, <c>30s</c>, <c>15m</c>, <c>2h</c>.</summary>
internal sealed class DurationType(TimeSpan min, TimeSpan max) : ValueType<TimeSpan>
{
    public override string Text => $"duration, {DurationText.Of(min)} to {DurationText.Of(max)}";

    public override bool TryRead(YamlNode node, Scope scope, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (!scope.TryScalar(node, Patterns.Duration.Text, out var scalar))
        {
            return false;
        }

        if (!Patterns.Duration.IsMatch(scalar.Value))
        {
            scope.Error(node, $"'{Display.Short(scalar.Value)}' must be {Patterns.Duration.Text}");
            return false;
        }

        var milliseconds = DurationText.Milliseconds(scalar.Value);
        if (milliseconds < (decimal)min.TotalMilliseconds || milliseconds > (decimal)max.TotalMilliseconds)
        {
            scope.Error(node, $"{scalar.Value} is out of range; use a {Text}");
            return false;
        }

        value = TimeSpan.FromMilliseconds((long)milliseconds);
        return true;
    }

    public override void WriteSchema(Utf8JsonWriter json)
    {
        json.WriteString("type", "string");
        json.WriteString("pattern", Patterns.Duration.ToString());
    }
}

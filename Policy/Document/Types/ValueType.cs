using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>What a value of the language may be. The one description that the parser, the JSON Schema and the reference in docs/policy.md share.</summary>
internal abstract class ValueType
{
    /// <summary>For a reader: kind, unit and range, e.g. <c>size, 64MiB to 1TiB</c>.</summary>
    public abstract string Text { get; }

    /// <summary>Writes the keywords of a JSON Schema 2020-12 for this value into the open object.</summary>
    public abstract void WriteSchema(Utf8JsonWriter json);

    /// <summary>The object whose keys a reader wants to see next, if any.</summary>
    public virtual ObjectShape? Nested => null;
}

internal abstract class ValueType<T> : ValueType
{
    /// <summary>False when an error was reported and there is no value to go on with.</summary>
    public abstract bool TryRead(YamlNode node, Scope scope, [MaybeNullWhen(false)] out T value);
}

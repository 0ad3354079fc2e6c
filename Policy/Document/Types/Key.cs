using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>One key of an object: name, type, whether it must be there, and what it means.</summary>
/// <param name="DefaultText">The default as one would write it in YAML; empty for required keys and where missing means "nothing".</param>
internal abstract record Key(string Name, bool IsRequired, string DefaultText, string Description)
{
    public abstract ValueType Type { get; }
}

/// <param name="Fallback">The value of a missing key; for a required key only what the parser goes on with after reporting it.</param>
internal sealed record Key<T>(string Name, ValueType<T> ValueType, T Fallback, string Description, bool IsRequired = false, string DefaultText = "")
    : Key(Name, IsRequired, DefaultText, Description)
{
    public override ValueType Type => ValueType;
}

/// <summary>The keys of one object, apart from how it is built.</summary>
/// <param name="Name">Heading in the reference.</param>
/// <param name="ExactlyOneOf">Keys of which one must be there and only one may.</param>
internal sealed record ObjectShape(string Name, string Description, IReadOnlyList<Key> Keys, IReadOnlyList<Key>? ExactlyOneOf = null);

/// <summary>An object of the document whose keys were checked, ready to be read key by key.</summary>
/// <param name="Name">The key it stands under, for maps whose keys the user chooses.</param>
internal sealed record ObjectView(YamlMapping Node, Scope Scope, string Name)
{
    public int Line => Node.Line;

    public YamlNode? Find(Key key) => Node.Entries.FirstOrDefault(entry => entry.Key.Value == key.Name)?.Value;

    public T Get<T>(Key<T> key) =>
        Find(key) is { } node && key.ValueType.TryRead(node, Scope.Key(key.Name), out var value) ? value : key.Fallback;

    /// <summary>Reports a fault between keys at the key it is best mended.</summary>
    public void Error(Key key, string message) => Scope.Key(key.Name).Error(Find(key) ?? Node, message);

    public RuleRef Rule() => new(Scope.RulePath, YamlText.OneLine(Node), Line);
}

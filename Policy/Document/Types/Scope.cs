using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document.Types;

/// <summary>Where in the document a value is read, and where its errors go.</summary>
internal sealed record Scope(ErrorList Errors, string Path)
{
    /// <summary>Characters of <see cref="Path"/> that name the profile: <c>profiles.default.</c></summary>
    private int ProfilePrefix { get; init; }

    /// <summary>The path as a <see cref="RuleRef"/> gives it: below the profile.</summary>
    public string RulePath => Path[Math.Min(ProfilePrefix, Path.Length)..];

    public Scope Key(string name) => this with { Path = Path.Length == 0 ? name : $"{Path}.{name}" };

    public Scope Item(int at) => this with { Path = $"{Path}[{at}]" };

    public Scope AsProfile() => this with { ProfilePrefix = Path.Length + 1 };

    /// <param name="message">Continues after the field's name: what the value is and how to mend it.</param>
    public void Error(YamlNode at, string message) =>
        Errors.Add(at.Line, at.Column, Path.Length == 0 ? message : $"{Path}: {message}");

    /// <summary>False, with the error, when the value has no usable scalar.</summary>
    public bool TryScalar(YamlNode node, string wanted, out YamlScalar scalar)
    {
        scalar = node as YamlScalar ?? new YamlScalar("", isPlain: true);
        if (node is YamlScalar { IsNull: false })
        {
            return true;
        }

        Error(node, node is YamlScalar ? $"has no value; write {wanted}, or remove the key" : $"is {node.Kind} but must be {wanted}");
        return false;
    }
}

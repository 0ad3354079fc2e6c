namespace SecureAgent.Policy.Document.Yaml;

/// <summary>A value of the document with its place. Line and column count from 1.</summary>
internal abstract class YamlNode(int line, int column)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    /// <summary>What it is, in the words of an error message.</summary>
    public abstract string Kind { get; }
}

internal sealed class YamlScalar(string value, bool isPlain, int line = 0, int column = 0) : YamlNode(line, column)
{
    public string Value { get; } = value;

    /// <summary>Written without quotes, so that <c>1</c>, <c>true</c> and <c>null</c> mean what YAML 1.2 says.</summary>
    public bool IsPlain { get; } = isPlain;

    public bool IsNull => IsPlain && Value is "" or "~" or "null" or "Null" or "NULL";

    public override string Kind => IsNull ? "nothing" : $"'{Display.Short(Value)}'";
}

internal sealed class YamlSequence(IReadOnlyList<YamlNode> items, int line = 0, int column = 0) : YamlNode(line, column)
{
    public IReadOnlyList<YamlNode> Items { get; } = items;

    public override string Kind => "a list";
}

/// <summary>Entries in document order, duplicates kept: the parser reports each of them.</summary>
internal sealed class YamlMapping(IReadOnlyList<YamlEntry> entries, int line = 0, int column = 0) : YamlNode(line, column)
{
    public IReadOnlyList<YamlEntry> Entries { get; } = entries;

    public override string Kind => "a mapping";
}

internal sealed record YamlEntry(YamlScalar Key, YamlNode Value);

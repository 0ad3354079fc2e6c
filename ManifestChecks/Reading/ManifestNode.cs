using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.ManifestChecks.Reading;

/// <summary>A place in a manifest. A missing one has no text, no items and the line of what should hold it.</summary>
public readonly struct ManifestNode(YamlNode? node, int line)
{
    /// <summary>Merge keys nest; deeper than this is a loop.</summary>
    private const int DeepestMerge = 8;

    public bool Exists => node is not null && !IsNull;

    public int Line => line;

    public string? Text => node is YamlScalarNode scalar && !IsNull ? scalar.Value : null;

    /// <summary>Only a plain <c>true</c> or <c>false</c>: a quoted one is a string to the API server.</summary>
    public bool? Bool => node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any } scalar
        ? scalar.Value switch { "true" or "True" or "TRUE" => true, "false" or "False" or "FALSE" => false, _ => null }
        : null;

    public long? Number => long.TryParse(Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) ? value : null;

    public IEnumerable<ManifestNode> Items => node is YamlSequenceNode sequence ? sequence.Children.Select(Wrap) : [];

    public IEnumerable<(string Key, ManifestNode Value)> Members =>
        node is YamlMappingNode mapping ? Pairs(mapping, DeepestMerge).DistinctBy(pair => pair.Key) : [];

    public ManifestNode this[string key]
    {
        get
        {
            foreach (var (name, value) in Members)
            {
                if (name == key)
                {
                    return value;
                }
            }

            return new ManifestNode(null, line);
        }
    }

    private bool IsNull => node is YamlScalarNode { Style: ScalarStyle.Plain or ScalarStyle.Any, Value: null or "" or "null" or "~" or "Null" or "NULL" };

    public ManifestNode At(params ReadOnlySpan<string> path)
    {
        var at = this;
        foreach (var key in path)
        {
            at = at[key];
        }

        return at;
    }

    public bool Has(string text) => Items.Any(item => item.Text == text);

    internal static ManifestNode Wrap(YamlNode node) => new(node, (int)node.Start.Line);

    private static IEnumerable<(string Key, ManifestNode Value)> Pairs(YamlMappingNode mapping, int depth)
    {
        foreach (var (key, value) in mapping.Children)
        {
            if (key is YamlScalarNode { Value: not null and not "<<" } name)
            {
                yield return (name.Value!, new ManifestNode(value, (int)key.Start.Line));
            }
        }

        if (depth == 0 || !mapping.Children.TryGetValue(new YamlScalarNode("<<"), out var merged))
        {
            yield break;
        }

        var sources = merged is YamlSequenceNode several ? several.Children : [merged];
        foreach (var pair in sources.OfType<YamlMappingNode>().SelectMany(source => Pairs(source, depth - 1)))
        {
            yield return pair;
        }
    }
}

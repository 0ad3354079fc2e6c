using System.Text.RegularExpressions;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Suggesting;

/// <summary>The operator's own text with one rule more: comments, order and style stay. What comes out is parsed again by whoever asked.</summary>
internal static partial class PolicyEdit
{
    /// <summary>Null when the text has no line that such a rule could stand on.</summary>
    public static string? WithEgressRule(string text, string profile, string rule)
    {
        if (YamlReader.Read(text, new ErrorList("")) is not YamlMapping root
            || Find(root, DocumentKeys.Profiles.Name) is not YamlMapping profiles
            || profiles.Entries.FirstOrDefault(entry => entry.Key.Value == profile)?.Value is not YamlMapping { Entries.Count: > 0 } sections)
        {
            return null;
        }

        var lines = text.Split('\n').ToList();
        return Find(sections, ProfileKeys.Egress.Name) switch
        {
            // Before the first: nothing else names this host and port, so order says nothing about it.
            YamlSequence { Items.Count: > 0 } rules when Indent(lines, rules.Items[0], ListItem()) is { } indent => Insert(lines, rules.Items[0].Line, indent + rule),
            YamlSequence { Items.Count: 0 } empty => Fill(lines, empty, rule),
            null when Indent(lines, sections.Entries[0].Key, Blank()) is { } indent => Insert(lines, sections.Entries[0].Key.Line, $"{indent}{ProfileKeys.Egress.Name}:", $"{indent}  - {rule}"),
            _ => null,
        };
    }

    private static YamlNode? Find(YamlMapping mapping, string key) => mapping.Entries.FirstOrDefault(entry => entry.Key.Value == key)?.Value;

    /// <summary>What stands before the node on its line, when it is nothing but indentation.</summary>
    private static string? Indent(List<string> lines, YamlNode node, Regex form) =>
        lines[node.Line - 1][..(node.Column - 1)] is var before && form.IsMatch(before) ? before : null;

    /// <summary><c>egress: []</c> becomes a list of one.</summary>
    private static string? Fill(List<string> lines, YamlSequence empty, string rule)
    {
        if (EmptyEgress().Match(lines[empty.Line - 1]) is not { Success: true } match)
        {
            return null;
        }

        lines[empty.Line - 1] = match.Groups["key"].Value + match.Groups["rest"].Value;
        return Insert(lines, empty.Line + 1, $"{match.Groups["indent"].Value}  - {rule}");
    }

    private static string Insert(List<string> lines, int line, params IEnumerable<string> added)
    {
        var ending = lines[line - 2].EndsWith('\r') ? "\r" : "";
        lines.InsertRange(line - 1, added.Select(one => one + ending));
        return string.Join('\n', lines);
    }

    [GeneratedRegex(@"\A *- +\z")]
    private static partial Regex ListItem();

    [GeneratedRegex(@"\A *\z")]
    private static partial Regex Blank();

    [GeneratedRegex(@"\A(?<key>(?<indent> *)egress:) *\[ *\](?<rest>\s*(?:#.*)?)\z")]
    private static partial Regex EmptyEgress();
}

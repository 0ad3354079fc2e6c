using SecureAgent.Policy.Document.Keys;
using SecureAgent.Policy.Document.Types;
using SecureAgent.Policy.Document.Yaml;

namespace SecureAgent.Policy.Document;

/// <summary>One thing wrong with a policy document. Line and column count from 1.</summary>
public sealed record PolicyError(string Source, int Line, int Column, string Message)
{
    public override string ToString() => $"{Source}:{Line}:{Column}: {Message}";
}

/// <summary>A document, or everything that is wrong with it; never both.</summary>
public sealed record PolicyParseResult(PolicyDocument? Document, IReadOnlyList<PolicyError> Errors);

/// <summary>Strict parser: unknown keys, wrong types, bad units, duplicate keys and bad globs are errors, all reported at once.</summary>
public static class PolicyParser
{
    /// <param name="text">The document; at most 1 MiB, one YAML document, no anchors, aliases or tags.</param>
    /// <param name="source">File name for the messages.</param>
    public static PolicyParseResult Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        var errors = new ErrorList(source);
        PolicyDocument? document = null;
        if (YamlReader.Read(text, errors) is { } root)
        {
            _ = DocumentKeys.Type.TryRead(root, new Scope(errors, ""), out document);
        }

        return errors.Count == 0 && document is not null
            ? new PolicyParseResult(document, [])
            : new PolicyParseResult(null, errors.ToSorted());
    }
}

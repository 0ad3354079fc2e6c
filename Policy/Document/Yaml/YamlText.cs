using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SecureAgent.Policy.Document.Yaml;

/// <summary>Nodes back to text, through YamlDotNet's emitter.</summary>
internal static class YamlText
{
    private const int MaxRuleText = 300;

    /// <summary>On one line, for rule references; cut where it would fill a log.</summary>
    public static string OneLine(YamlNode node)
    {
        var text = Write(node, isFlow: true).Trim();
        return text.Length <= MaxRuleText ? text : text[..MaxRuleText] + "…";
    }

    /// <summary>As a document body: mappings down to <paramref name="blockDepth"/> on lines of their own, everything below in flow style.</summary>
    public static string Block(YamlNode node, int blockDepth) => Write(node, isFlow: false, blockDepth);

    private static string Write(YamlNode node, bool isFlow, int blockDepth = 0)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var settings = new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, skipAnchorName: true, indentSequences: true);
        var emitter = new Emitter(text, settings);
        emitter.Emit(new StreamStart());
        emitter.Emit(new DocumentStart(null, null, isImplicit: true));
        Emit(emitter, node, isFlow ? 0 : blockDepth);
        emitter.Emit(new DocumentEnd(isImplicit: true));
        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    private static void Emit(Emitter emitter, YamlNode node, int blockDepth)
    {
        switch (node)
        {
            case YamlScalar scalar:
                var style = scalar.IsPlain ? ScalarStyle.Plain : ScalarStyle.DoubleQuoted;
                emitter.Emit(new Scalar(AnchorName.Empty, TagName.Empty, scalar.Value, style, isPlainImplicit: true, isQuotedImplicit: true));
                break;
            case YamlSequence sequence:
                var isList = blockDepth > 0 && sequence.Items.Any(item => item is not YamlScalar);
                emitter.Emit(new SequenceStart(AnchorName.Empty, TagName.Empty, isImplicit: true, isList ? SequenceStyle.Block : SequenceStyle.Flow));
                foreach (var item in sequence.Items)
                {
                    Emit(emitter, item, blockDepth - 1);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case YamlMapping mapping:
                emitter.Emit(new MappingStart(AnchorName.Empty, TagName.Empty, isImplicit: true, blockDepth > 0 ? MappingStyle.Block : MappingStyle.Flow));
                foreach (var (key, value) in mapping.Entries)
                {
                    Emit(emitter, key, 0);
                    Emit(emitter, value, blockDepth - 1);
                }

                emitter.Emit(new MappingEnd());
                break;
        }
    }
}

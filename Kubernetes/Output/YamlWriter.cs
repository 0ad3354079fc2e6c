using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SecureAgent.Kubernetes.Output;

/// <summary>Objects as YAML documents: JSON members in their own order, so that equal objects are equal bytes.</summary>
internal static partial class YamlWriter
{
    public static string Write(IEnumerable<object> documents)
    {
        using var text = new StringWriter { NewLine = "\n" };
        var emitter = new Emitter(text, new EmitterSettings(bestIndent: 2, bestWidth: int.MaxValue, isCanonical: false, maxSimpleKeyLength: 1024, newLine: "\n"));
        emitter.Emit(new StreamStart());
        var isFirst = true;
        foreach (var document in documents)
        {
            emitter.Emit(new DocumentStart(null, null, isFirst));
            Emit(emitter, ManifestJson.ToNode(document));
            emitter.Emit(new DocumentEnd(true));
            isFirst = false;
        }

        emitter.Emit(new StreamEnd());
        return text.ToString();
    }

    /// <summary>One value inside a document that another writer began.</summary>
    public static void Emit(IEmitter emitter, JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                emitter.Emit(new MappingStart(null, null, true, members.Count == 0 ? MappingStyle.Flow : MappingStyle.Block));
                foreach (var (name, value) in members)
                {
                    emitter.Emit(Text(name));
                    Emit(emitter, value);
                }

                emitter.Emit(new MappingEnd());
                break;
            case JsonArray items:
                emitter.Emit(new SequenceStart(null, null, true, items.Count == 0 ? SequenceStyle.Flow : SequenceStyle.Block));
                foreach (var item in items)
                {
                    Emit(emitter, item);
                }

                emitter.Emit(new SequenceEnd());
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                emitter.Emit(Text(value.GetValue<string>()));
                break;
            default:
                emitter.Emit(new Scalar(null, null, node?.ToJsonString() ?? "null", ScalarStyle.Plain, true, false));
                break;
        }
    }

    /// <summary>Plain only where no reader could take the text for another type.</summary>
    private static Scalar Text(string text)
    {
        var style = text.Contains('\n', StringComparison.Ordinal) ? ScalarStyle.Literal
            : Plain().IsMatch(text) && !Reserved().IsMatch(text) ? ScalarStyle.Plain
            : ScalarStyle.DoubleQuoted;
        return new Scalar(null, null, text, style, style == ScalarStyle.Plain, style != ScalarStyle.Plain);
    }

    [GeneratedRegex(@"^[A-Za-z/][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*$")]
    private static partial Regex Plain();

    [GeneratedRegex(@"^(y|n|yes|no|on|off|true|false|null|nan|inf)$", RegexOptions.IgnoreCase)]
    private static partial Regex Reserved();
}

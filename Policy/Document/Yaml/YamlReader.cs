using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace SecureAgent.Policy.Document.Yaml;

/// <summary>Text to nodes, through YamlDotNet's event parser. Everything YAML has beyond plain data is refused.</summary>
internal sealed class YamlReader
{
    /// <summary>Bytes of UTF-8. The largest hand-written policies seen are a few KiB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>Levels of nesting; the language itself needs eight.</summary>
    public const int MaxDepth = 32;

    private readonly ErrorList _errors;
    private readonly string _text;
    private readonly Parser _events;

    private YamlReader(string text, ErrorList errors)
    {
        _text = text;
        _errors = errors;
        _events = new Parser(new StringReader(text));
    }

    /// <summary>Null when the text is no YAML that could be judged further; the errors say why.</summary>
    public static YamlNode? Read(string text, ErrorList errors)
    {
        if (text.Length > MaxBytes || Encoding.UTF8.GetByteCount(text) > MaxBytes)
        {
            errors.Add(1, 1, $"the document is larger than {MaxBytes >> 20} MiB; split it into several files");
            return null;
        }

        return new YamlReader(text, errors).Read();
    }

    private YamlNode? Read()
    {
        try
        {
            return Document();
        }
        catch (YamlException fault)
        {
            _errors.Add((int)fault.Start.Line, (int)fault.Start.Column, $"not valid YAML: {Reason(fault)}{Hint((int)fault.Start.Line)}");
        }
        catch (Exception fault) when (fault is InvalidOperationException or ArgumentException or IndexOutOfRangeException or OverflowException)
        {
            // YamlDotNet's scanner answers some malformed input with these instead of a YamlException.
            var line = (int)(_events.Current?.End.Line ?? 1);
            var column = (int)(_events.Current?.End.Column ?? 1);
            _errors.Add(line, column, $"not valid YAML after this place: check quotes, brackets and indentation{Hint(line)}");
        }

        return null;
    }

    private YamlNode? Document()
    {
        Next<StreamStart>();
        if (_events.Current is StreamEnd)
        {
            _errors.Add(1, 1, "the document is empty; start from policies/default.yaml");
            return null;
        }

        Next<DocumentStart>();
        var root = Node(depth: 1);
        Next<DocumentEnd>();
        if (_events.Current is DocumentStart second)
        {
            _errors.Add(At(second), "a second document begins here; a policy file holds one document, remove the '---'");
            return null;
        }

        return root;
    }

    private YamlNode Node(int depth)
    {
        var current = _events.Current ?? throw new InvalidOperationException("the events ended early");
        var (line, column) = At(current);
        if (depth > MaxDepth)
        {
            throw new YamlException(current.Start, current.End, $"nesting deeper than {MaxDepth} levels");
        }

        if (current is AnchorAlias alias)
        {
            _errors.Add(line, column, $"alias '*{Display.Short(alias.Value.Value)}': aliases are refused, so that every rule reads as it stands; write the value out");
            _events.MoveNext();
            return new YamlScalar("", isPlain: true, line, column);
        }

        RefuseDecoration(current);
        return current switch
        {
            Scalar scalar => Scalar(scalar),
            SequenceStart => Sequence(depth, line, column),
            MappingStart => Mapping(depth, line, column),
            _ => throw new YamlException(current.Start, current.End, "a value is missing"),
        };
    }

    private YamlScalar Scalar(Scalar scalar)
    {
        var (line, column) = At(scalar);
        _events.MoveNext();
        return new YamlScalar(scalar.Value, scalar.Style == ScalarStyle.Plain, line, column);
    }

    private YamlSequence Sequence(int depth, int line, int column)
    {
        Next<SequenceStart>();
        var items = new List<YamlNode>();
        while (_events.Current is not SequenceEnd)
        {
            items.Add(Node(depth + 1));
        }

        _events.MoveNext();
        return new YamlSequence(items, line, column);
    }

    private YamlMapping Mapping(int depth, int line, int column)
    {
        Next<MappingStart>();
        var entries = new List<YamlEntry>();
        while (_events.Current is not MappingEnd)
        {
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            if (key is YamlScalar name)
            {
                entries.Add(new YamlEntry(name, value));
            }
            else
            {
                _errors.Add(key.Line, key.Column, $"{key.Kind} is used as a key; keys are plain words");
            }
        }

        _events.MoveNext();
        return new YamlMapping(entries, line, column);
    }

    private void RefuseDecoration(ParsingEvent current)
    {
        if (current is not NodeEvent node)
        {
            return;
        }

        if (!node.Anchor.IsEmpty)
        {
            _errors.Add(At(node), $"anchor '&{Display.Short(node.Anchor.Value)}': anchors are refused, so that every rule reads as it stands; remove it");
        }

        if (!node.Tag.IsEmpty)
        {
            _errors.Add(At(node), $"tag '{Display.Short(node.Tag.IsNonSpecific ? "!" : node.Tag.Value)}': tags are refused; the key already says what its value is, remove the tag");
        }
    }

    private void Next<T>()
        where T : ParsingEvent
    {
        if (_events.Current is null)
        {
            _events.MoveNext();
        }

        if (_events.Current is not T)
        {
            throw new InvalidOperationException($"expected {typeof(T).Name}");
        }

        _events.MoveNext();
    }

    private static (int Line, int Column) At(ParsingEvent place) => ((int)place.Start.Line, (int)place.Start.Column);

    private static string Reason(YamlException fault) => Display.Short(fault.Message.TrimEnd('.')).ToLowerInvariant();

    /// <summary>The one trap of this language: <c>{</c> ends an unquoted word inside <c>{ … }</c>.</summary>
    private string Hint(int line)
    {
        var text = _text.Split('\n').ElementAtOrDefault(line - 1) ?? "";
        return text.Contains(": ${", StringComparison.Ordinal) && text.Contains("{ ", StringComparison.Ordinal)
            ? "; inside { } write \"${workspace}\" with quotes"
            : "";
    }
}

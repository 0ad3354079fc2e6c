using System.Text;

namespace SecureAgent.InferenceGateway.Offline.Text;

/// <summary>
/// Cuts Markdown and plain text into passages that can be quoted with their line. Wrapped lines of a paragraph are joined before they
/// are cut into sentences; a list item or table row is never joined with its neighbour.
/// </summary>
internal sealed class PassageReader
{
    /// <summary>Passages taken from one document; what is beyond is not read.</summary>
    public const int MaxPassages = 4_000;

    /// <summary>A line longer than this is data, not prose; it is cut here.</summary>
    public const int MaxLine = 2_000;

    private readonly string source;
    private readonly List<Passage> passages = [];
    private readonly StringBuilder block = new();
    private readonly List<(int At, int Line)> lines = [];
    private bool blockIsItem;
    private string title = "";
    private string heading = "";
    private string[] columns = [];

    private PassageReader(string source) => this.source = source;

    public static IReadOnlyList<Passage> Read(Source source)
    {
        var reader = new PassageReader(source.Name);
        var number = 0;
        foreach (var line in source.Text.AsSpan().EnumerateLines())
        {
            number++;
            if (reader.passages.Count >= MaxPassages)
                break;
            reader.Line(line.Length > MaxLine ? line[..MaxLine].ToString() : line.ToString(), number);
        }

        reader.Flush();
        return reader.passages;
    }

    private void Line(string raw, int number)
    {
        var line = raw.Trim();
        switch (LineShape.Of(line))
        {
            case LineKind.Blank:
                Flush();
                columns = [];
                break;
            case LineKind.Rule:
                Flush();
                break;
            case LineKind.Heading:
                Flush();
                Head(line.Trim('#', ' '));
                break;
            case LineKind.TableRow:
                Flush();
                TableRow(line, number);
                break;
            case LineKind.Item:
                Flush();
                Append(LineShape.WithoutMark(line), number);
                blockIsItem = true;
                break;
            default:
                Append(line, number);
                break;
        }
    }

    /// <summary>The first row of a table names the columns; it is context, not a quotable fact.</summary>
    private void TableRow(string line, int number)
    {
        var cells = line.Trim('|').Split('|', StringSplitOptions.TrimEntries);
        if (columns.Length == 0)
            columns = cells;
        else
            Add(string.Join(" | ", cells), number);
    }

    private void Append(string text, int number)
    {
        if (block.Length > 0)
            block.Append(' ');
        lines.Add((block.Length, number));
        block.Append(text);
        if (block.Length > MaxLine * 4)
            Flush();
    }

    private void Flush()
    {
        if (block.Length == 0)
        {
            return;
        }

        var text = block.ToString();
        if (IsPlainTitle(text))
        {
            Head(text);
        }
        else
        {
            foreach (var (start, end) in SentenceBreaks.Cut(text))
            {
                Add(text[start..end].Trim(), LineAt(start));
            }
        }

        block.Clear();
        lines.Clear();
        blockIsItem = false;
    }

    private void Head(string text)
    {
        heading = text;
        if (title.Length == 0)
            title = text;
    }

    /// <summary>A text file often opens with a short line that is its title, without any mark.</summary>
    private bool IsPlainTitle(string text) =>
        !blockIsItem && passages.Count == 0 && lines.Count == 1 && text.Length <= 80 && text[^1] is not ('.' or '!' or '?' or ':' or ';' or ',');

    private string Context => title == heading && columns.Length == 0 ? title : $"{title} {heading} {string.Join(' ', columns)}".Trim();

    private int LineAt(int offset) => lines.FindLast(entry => entry.At <= offset).Line;

    private void Add(string text, int line)
    {
        if (text.Any(char.IsLetterOrDigit))
            passages.Add(new Passage(source, line, text, Context, passages.Count == 0));
    }
}

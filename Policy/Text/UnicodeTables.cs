using System.Globalization;
using System.Text;

namespace SecureAgent.Policy.Text;

/// <summary>The embedded casefold.txt (its head says what the lines mean), read once when text beyond ASCII is first seen.</summary>
internal sealed class UnicodeTables
{
    private static readonly Lazy<UnicodeTables> Loaded = new(() => new UnicodeTables());

    private UnicodeTables()
    {
        using var stream = typeof(UnicodeTables).Assembly.GetManifestResourceStream("casefold.txt")
            ?? throw new InvalidOperationException("casefold.txt is not embedded");
        using var reader = new StreamReader(stream);
        while (reader.ReadLine() is { } line)
        {
            Add(line);
        }
    }

    public static UnicodeTables Instance => Loaded.Value;

    public Dictionary<Rune, Rune[]> Decompositions { get; } = [];

    public Dictionary<(Rune First, Rune Second), Rune> Compositions { get; } = [];

    public Dictionary<Rune, int> CombiningClasses { get; } = [];

    private void Add(string line)
    {
        var parts = line.Split([' ', '=']);
        if (line[0] == '#')
        {
            return;
        }

        if (line[0] == '^')
        {
            foreach (var mark in Range(parts[1]))
            {
                CombiningClasses.Add(mark, int.Parse(parts[0].AsSpan(1), CultureInfo.InvariantCulture));
            }
        }
        else if (line.Contains('+', StringComparison.Ordinal))
        {
            var pair = parts[0].Split('+');
            Compositions.Add((Code(pair[0]), Code(pair[1])), Code(parts[1]));
        }
        else if (line.Contains("..", StringComparison.Ordinal))
        {
            var target = Code(parts[1]).Value;
            foreach (var from in Range(parts[0]))
            {
                Decompositions.Add(from, [new Rune(target++)]);
            }
        }
        else
        {
            Decompositions.Add(Code(parts[0]), [.. parts.Skip(1).Select(Code)]);
        }
    }

    private static IEnumerable<Rune> Range(string text)
    {
        var ends = text.Split("..");
        for (var value = Code(ends[0]).Value; value <= Code(ends[1]).Value; value++)
        {
            yield return new Rune(value);
        }
    }

    private static Rune Code(string hex) => new(int.Parse(hex, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
}

#:property InvariantGlobalization=false
#:property PublishAot=false
// Writes Policy/Text/casefold.txt: what Unicode normalisation needs, because a process without ICU (InvariantGlobalization) has
// no normalisation of its own. Needs ICU on the machine it runs on:
//   dotnet run eng/casefold.cs Policy/Text/casefold.txt
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

var lines = new List<string>
{
    "# Unicode decompositions and canonical compositions, written by eng/casefold.cs. Do not edit.",
    "# Derived from the Unicode Character Database. Copyright (c) Unicode, Inc. Unicode License v3, https://www.unicode.org/license.txt",
    "# F..L T   full compatibility decomposition: F to T, the next to T+1, and so on up to L",
    "# C D D D  full compatibility decomposition of one code point into several",
    "# A+B=C    canonical composition",
    "# ^CCC F..L canonical combining class",
};
var singles = new List<(int From, int To)>();
var many = new List<string>();
var pairs = new List<string>();
var classes = new SortedDictionary<int, List<int>>();

foreach (var rune in Assigned())
{
    var compatible = rune.ToString().Normalize(NormalizationForm.FormKD).EnumerateRunes().ToList();
    if (compatible.Count == 1 && compatible[0] != rune)
    {
        singles.Add((rune.Value, compatible[0].Value));
    }
    else if (compatible.Count > 1)
    {
        many.Add($"{rune.Value:X} {string.Join(' ', compatible.Select(part => part.Value.ToString("X", CultureInfo.InvariantCulture)))}");
    }

    var canonical = rune.ToString().Normalize(NormalizationForm.FormD).EnumerateRunes().ToList();
    var composed = rune.ToString().Normalize(NormalizationForm.FormC);
    if (canonical.Count > 1 && composed == rune.ToString())
    {
        // One level: everything but the last, composed, and the last.
        var head = string.Concat(canonical.SkipLast(1)).Normalize(NormalizationForm.FormC).EnumerateRunes().Single();
        pairs.Add($"{head.Value:X}+{canonical[^1].Value:X}={rune.Value:X}");
    }
}

foreach (var (mark, rank) in CombiningClasses.Of(Assigned()))
{
    if (!classes.TryGetValue(rank, out var members))
    {
        classes.Add(rank, members = []);
    }

    members.Add(mark.Value);
}

lines.AddRange(Runs(singles));
lines.AddRange(many);
lines.AddRange(pairs);
lines.AddRange(classes.SelectMany(pair => Ranges(pair.Value).Select(range => $"^{pair.Key} {range}")));
File.WriteAllText(args[0], string.Join('\n', lines) + "\n");

static IEnumerable<Rune> Assigned() =>
    from value in Enumerable.Range(0, 0x110000)
    where Rune.IsValid(value) && value is not (>= 0xAC00 and <= 0xD7A3)
    let rune = new Rune(value)
    where Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.OtherNotAssigned or UnicodeCategory.PrivateUse)
    select rune;

static IEnumerable<string> Runs(List<(int From, int To)> singles)
{
    for (var at = 0; at < singles.Count;)
    {
        var end = at + 1;
        while (end < singles.Count && singles[end].From - singles[at].From == end - at && singles[end].To - singles[at].To == end - at)
        {
            end++;
        }

        yield return $"{singles[at].From:X}..{singles[end - 1].From:X} {singles[at].To:X}";
        at = end;
    }
}

static IEnumerable<string> Ranges(List<int> values)
{
    for (var at = 0; at < values.Count;)
    {
        var end = at + 1;
        while (end < values.Count && values[end] - values[at] == end - at)
        {
            end++;
        }

        yield return $"{values[at]:X}..{values[end - 1]:X}";
        at = end;
    }
}

/// <summary>Canonical combining classes, which .NET does not expose, from the same ICU.</summary>
internal static class CombiningClasses
{
    private delegate byte Lookup(int value);

    public static IEnumerable<(Rune Mark, int Rank)> Of(IEnumerable<Rune> runes)
    {
        var lookup = Load();
        return from rune in runes let rank = lookup(rune.Value) where rank != 0 select (rune, (int)rank);
    }

    private static Lookup Load()
    {
        for (var version = 99; version > 50; version--)
        {
            if (NativeLibrary.TryLoad($"libicuuc.so.{version}", out var library))
            {
                return Marshal.GetDelegateForFunctionPointer<Lookup>(NativeLibrary.GetExport(library, $"u_getCombiningClass_{version}"));
            }
        }

        throw new DllNotFoundException("libicuuc was not found; install ICU to write the table");
    }
}

using System.Globalization;

namespace SecureAgent.Policy.Document.Types;

internal static class SizeText
{
    private static readonly (string Unit, long Bytes)[] Units =
    [
        ("TiB", 1L << 40), ("GiB", 1L << 30), ("MiB", 1L << 20), ("KiB", 1L << 10),
        ("TB", 1_000_000_000_000), ("GB", 1_000_000_000), ("MB", 1_000_000), ("KB", 1_000), ("B", 1),
    ];

    /// <summary>The shortest exact spelling.</summary>
    public static string Of(long bytes)
    {
        var (unit, factor) = bytes == 0 ? ("B", 1) : Units.First(unit => bytes % unit.Bytes == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{bytes / factor}{unit}");
    }

    /// <summary>Of text that <see cref="Patterns.Size"/> matches; decimal, so that no product overflows.</summary>
    public static decimal Parse(string text)
    {
        var (unit, factor) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        return decimal.Parse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture) * factor;
    }
}

internal static class DurationText
{
    private static readonly (string Unit, long Milliseconds)[] Units = [("ms", 1), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)];

    /// <summary>The shortest exact spelling, in whole milliseconds.</summary>
    public static string Of(TimeSpan duration)
    {
        var milliseconds = (long)duration.TotalMilliseconds;
        var (unit, factor) = Units.Skip(1).Append(Units[0]).First(unit => milliseconds % unit.Milliseconds == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{milliseconds / factor}{unit}");
    }

    /// <summary>Of text that <see cref="Patterns.Duration"/> matches.</summary>
    public static decimal Milliseconds(string text)
    {
        var (unit, factor) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        return decimal.Parse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture) * factor;
    }
}

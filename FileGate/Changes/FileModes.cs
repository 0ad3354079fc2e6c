using System.Text.RegularExpressions;

namespace SecureAgent.FileGate.Changes;

/// <summary>Permission bits as people write them: three or four octal digits, the first of four a zero.</summary>
internal static partial class FileModes
{
    public static string Write(int mode) => Convert.ToString(mode, 8).PadLeft(4, '0');

    /// <summary>Null for anything else, such as bits that change the user.</summary>
    public static int? Parse(string? text) =>
        text is not null && Octal().IsMatch(text) ? text.Aggregate(0, (mode, digit) => (mode * 8) + digit - '0') : null;

    [GeneratedRegex("^0?[0-7]{3}$", RegexOptions.CultureInvariant)]
    private static partial Regex Octal();
}

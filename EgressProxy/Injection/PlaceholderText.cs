using System.Text.RegularExpressions;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>How a placeholder is written: <c>secret://NAME</c> as a whole value, in a header field after at most one word.</summary>
internal static partial class PlaceholderText
{
    private const string Mark = "secret://";

    /// <summary>Holds something that looks like one.</summary>
    public static bool IsMarked(string? text) => text?.Contains(Mark, StringComparison.OrdinalIgnoreCase) is true;

    /// <summary>Null when the text is not one placeholder and nothing else. The scheme is the word before it, with its space; else empty.</summary>
    public static (string Scheme, string Secret)? Read(string text) =>
        Form().Match(text) is { Success: true } match ? (match.Groups["scheme"].Value, match.Groups["name"].Value) : null;

    /// <summary>The same where no word may stand before it.</summary>
    public static string? ReadBare(string text) => Read(text) is (Scheme: "", var secret) ? secret : null;

    [GeneratedRegex(@"\A(?<scheme>(?:[A-Za-z][A-Za-z-]{0,15} )?)secret://(?<name>[A-Za-z0-9][A-Za-z0-9_-]{0,63})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}

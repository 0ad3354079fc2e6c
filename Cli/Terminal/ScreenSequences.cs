namespace SecureAgent.Cli.Terminal;

/// <summary>What a full-screen program needs of a terminal (ECMA-48, xterm): nothing here makes the terminal type an answer, print, resize, or keep anything.</summary>
internal static class ScreenSequences
{
    private const string Controls = "@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu";
    private const string SingleEscapes = "78=>DEHMNO";

    /// <summary>ESC and one character, or a choice of character set.</summary>
    public static bool IsEscape(IReadOnlyList<byte> sequence) => sequence.Count switch
    {
        2 => SingleEscapes.Contains((char)sequence[1], StringComparison.Ordinal),
        3 => "()*+".Contains((char)sequence[1], StringComparison.Ordinal),
        _ => false,
    };

    /// <summary>CSI … final. Private modes (? before h and l) and key modes (&gt; before m) pass; everything else with a prefix or an intermediate does not.</summary>
    public static bool IsControl(IReadOnlyList<byte> sequence)
    {
        var final = (char)sequence[^1];
        var parameters = sequence.Skip(2).SkipLast(1).Select(value => (char)value).ToArray();
        if (final == 'q')
        {
            return parameters is [.., ' '] && parameters.SkipLast(1).All(char.IsAsciiDigit); // the cursor's shape
        }

        var prefix = parameters is [var first, ..] && first is >= '<' and <= '?' ? first : ' ';
        var numbers = prefix == ' ' ? parameters : parameters[1..];
        return numbers.All(value => char.IsAsciiDigit(value) || value is ';' or ':') && prefix switch
        {
            ' ' => Controls.Contains(final, StringComparison.Ordinal),
            '?' => final is 'h' or 'l' or 'J' or 'K',
            '>' => final is 'm',
            _ => false,
        };
    }
}

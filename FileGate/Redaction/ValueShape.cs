using System.Buffers;

namespace SecureAgent.FileGate.Redaction;

/// <summary>Tells random strings from words, identifiers, numbers and placeholders by their shape alone.</summary>
internal static class ValueShape
{
    private const int MinLength = 8;
    private const int LongLength = 20;

    private static readonly SearchValues<string> Placeholders = SearchValues.Create(
        ["example", "placeholder", "changeme", "change-me", "change_me", "your", "dummy", "xxxx", "redacted", "****", "todo", "insert", "replace",
         "secret", "password", "passwd", "fake", "foobar", "notreal", "not-real", "12345678", "abcdefgh", "0000000", "...", "<", "${", "{{", "%("],
        StringComparison.OrdinalIgnoreCase);

    /// <param name="text">The value of an assignment whose key says it is secret.</param>
    /// <param name="isQuoted">Quoted or a whole line of a settings file, so not an expression of a program.</param>
    public static bool IsSecret(ReadOnlySpan<char> text, bool isQuoted)
    {
        if (text.Length < MinLength || text.ContainsAny(Placeholders))
        {
            return false;
        }

        var (lower, upper, digits, symbols, runs) = Classes(text);
        if (digits == 0 || lower + upper == 0)
        {
            return false;
        }

        var entropy = Entropy(text);
        var run = (double)text.Length / runs;
        if (text.Length >= LongLength)
        {
            return entropy >= 3 && run <= (isQuoted ? 4 : 3.2);
        }

        var kinds = (lower > 0 ? 1 : 0) + (upper > 0 ? 1 : 0) + (symbols > 0 ? 1 : 0) + 1;
        return isQuoted && kinds >= 3 && entropy >= 2.7 && run <= 4;
    }

    /// <summary>Whether a token after a known prefix is random enough not to be a name: digits and letters in short runs.</summary>
    public static bool IsRandom(ReadOnlySpan<char> text)
    {
        var (lower, upper, digits, _, runs) = Classes(text);
        return digits > 0 && lower + upper > 0 && Entropy(text) >= 3 && (double)text.Length / runs <= 4 && !text.ContainsAny(Placeholders);
    }

    /// <summary>Shannon entropy of the characters, in bits a character.</summary>
    private static double Entropy(ReadOnlySpan<char> text)
    {
        Span<ushort> counts = stackalloc ushort[256];
        counts.Clear();
        foreach (var c in text)
        {
            counts[c & 0xFF]++;
        }

        var entropy = 0.0;
        foreach (var count in counts)
        {
            if (count > 0)
            {
                var share = (double)count / text.Length;
                entropy -= share * Math.Log2(share);
            }
        }

        return entropy;
    }

    /// <summary>Characters by class, and runs of one class; a capital begins the run of the small letters after it, as in names.</summary>
    private static (int Lower, int Upper, int Digits, int Symbols, int Runs) Classes(ReadOnlySpan<char> text)
    {
        var (lower, upper, digits, symbols, runs) = (0, 0, 0, 0, 0);
        var before = -1;
        foreach (var c in text)
        {
            int kind;
            if (char.IsAsciiLetterLower(c))
            {
                (kind, lower) = (0, lower + 1);
            }
            else if (char.IsAsciiLetterUpper(c))
            {
                (kind, upper) = (1, upper + 1);
            }
            else if (char.IsAsciiDigit(c))
            {
                (kind, digits) = (2, digits + 1);
            }
            else
            {
                // Separators join words; they are no run of their own.
                kind = before;
                symbols += c is '-' or '_' or '.' ? 0 : 1;
            }

            if (kind != before && !(before == 1 && kind == 0))
            {
                runs++;
            }

            before = kind;
        }

        return (lower, upper, digits, symbols, Math.Max(runs, 1));
    }
}

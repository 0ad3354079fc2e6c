namespace SecureAgent.FileGate.Redaction;

/// <summary>The body of PEM and PGP private keys (RFC 7468, RFC 9580). The lines that say what it was stay, and so do its line breaks.</summary>
internal static class PrivateKeyRule
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";
    private const int MaxLabel = 64;
    private const int MinMaterial = 32;

    public static void Find(ReadOnlySpan<char> text, List<SecretSpan> found)
    {
        if (!text.Contains(Dashes, StringComparison.Ordinal))
        {
            return;
        }

        var covered = 0;
        for (var at = 0; Next(text, Begin, at) is >= 0 and var begin;)
        {
            at = begin + Begin.Length;
            if (LabelEnd(text, at) is not (> 0 and var body))
            {
                continue;
            }

            // A key that is cut off, or escaped into one line of JSON, ends where its letters end; the next marker may be another key's.
            var rest = text[body..];
            var end = rest[..Math.Min(rest.Length, SecretScanner.MaxSecretBytes + End.Length)].IndexOf(End, StringComparison.Ordinal);
            var isItsOwn = end >= 0 && !rest[..end].Contains(Begin, StringComparison.Ordinal);
            var length = isItsOwn ? end : BodyLength(rest);
            if (HasMaterial(rest[..length]))
            {
                found.Add(new SecretSpan(body, length));
                covered = at = body + length;
            }
        }

        // A key whose beginning lies before the text.
        for (var at = covered; Next(text, End, at) is >= 0 and var end; at = end + End.Length)
        {
            if (end >= covered && LabelEnd(text, end + End.Length) > 0 && BodyStart(text[covered..end]) is var start
                && HasMaterial(text[(covered + start)..end]))
            {
                found.Add(new SecretSpan(covered + start, end - covered - start));
            }
        }
    }

    private static int Next(ReadOnlySpan<char> text, string marker, int from) =>
        text[from..].IndexOf(marker, StringComparison.Ordinal) is >= 0 and var at ? from + at : -1;

    /// <summary>End of the marker line when its label is of a private key; 0 otherwise.</summary>
    private static int LabelEnd(ReadOnlySpan<char> text, int label)
    {
        var rest = text[label..Math.Min(text.Length, label + MaxLabel)];
        var end = rest.IndexOf(Dashes, StringComparison.Ordinal);
        return end > 0 && rest[..end].Contains("PRIVATE KEY", StringComparison.Ordinal) ? label + end + Dashes.Length : 0;
    }

    private static int BodyLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        while (length < text.Length && IsBody(text[length]))
        {
            length++;
        }

        return length;
    }

    private static int BodyStart(ReadOnlySpan<char> text)
    {
        var start = text.Length;
        while (start > 0 && IsBody(text[start - 1]))
        {
            start--;
        }

        return start;
    }

    /// <summary>An unbroken run of base64: programs that only name the markers have none.</summary>
    private static bool HasMaterial(ReadOnlySpan<char> body)
    {
        var run = 0;
        foreach (var c in body)
        {
            run = char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=' ? run + 1 : 0;
            if (run >= MinMaterial)
            {
                return body.Length <= SecretScanner.MaxSecretBytes;
            }
        }

        return false;
    }

    private static bool IsBody(char c) => char.IsAsciiLetterOrDigit(c) || c is '+' or '/' or '=' or '\r' or '\n' or '\\' or ' ' or '\t';
}

using System.Buffers;

namespace SecureAgent.FileGate.Redaction;

/// <summary>Random-looking values that are given to something named like a secret: <c>DB_PASSWORD=…</c>, <c>"apiKey": "…"</c>, <c>Authorization: Bearer …</c>.</summary>
internal static class AssignmentRule
{
    private const int MaxValue = 512;
    private const int MaxGap = 8;
    private const int LongestKey = 24;

    private static readonly SearchValues<string> Keys = SearchValues.Create(
        ["password", "passwd", "pwd", "secret", "token", "apikey", "api_key", "api-key", "accesskey", "access_key", "access-key", "privatekey", "private_key",
         "authkey", "auth_key", "secretkey", "secret_key", "secret-key", "encryptionkey", "encryption_key", "signingkey", "signing_key", "passphrase", "credential", "bearer", "basic"],
        StringComparison.OrdinalIgnoreCase);

    private static readonly SearchValues<string> NotSecret = SearchValues.Create(
        ["public", "page", "next", "continuation", "cursor", "cancel", "sync", "resume"], StringComparison.OrdinalIgnoreCase);

    private static readonly string[] Endings =
        ["password", "passwd", "pwd", "secret", "token", "key", "passphrase", "credential", "credentials", "bearer", "basic", "pass", "key_base"];

    private static readonly SearchValues<char> Value =
        SearchValues.Create("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_+/=.~!@#%^&*$:?|");

    public static void Find(ReadOnlySpan<char> text, List<SecretSpan> found)
    {
        for (var at = 0; at < text.Length;)
        {
            var next = text[at..].IndexOfAny(Keys);
            if (next < 0)
            {
                return;
            }

            at += next;
            var span = Match(text, at);
            if (span.Length > 0)
            {
                found.Add(span);
                at = span.End;
            }
            else
            {
                at++;
            }
        }
    }

    private static SecretSpan Match(ReadOnlySpan<char> text, int key)
    {
        var end = key;
        while (end < text.Length && end - key < LongestKey && char.IsAsciiLetter(text[end]))
        {
            end++;
        }

        // Keys of several words: "api_key", "secret-access-key", "client_secret_v2".
        while (end < text.Length && end - key < LongestKey * 2 && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '-'))
        {
            end++;
        }

        var start = key;
        while (start > 0 && key - start < LongestKey && (char.IsAsciiLetterOrDigit(text[start - 1]) || text[start - 1] is '_' or '-'))
        {
            start--;
        }

        var name = text[start..end];
        if (name.ContainsAny(NotSecret) || !EndsLikeSecret(name))
        {
            return default;
        }

        var isScheme = name.Equals("bearer", StringComparison.OrdinalIgnoreCase) || name.Equals("basic", StringComparison.OrdinalIgnoreCase);
        return ValueAfter(text, end, isScheme);
    }

    private static SecretSpan ValueAfter(ReadOnlySpan<char> text, int at, bool isScheme)
    {
        var limit = Math.Min(text.Length, at + MaxGap);
        var isKeyQuoted = at < limit && text[at] is '"' or '\'';
        var (assigned, quoted, spaced) = (isScheme, false, false);
        if (isKeyQuoted)
        {
            at++;
        }

        for (; at < limit; at++)
        {
            var c = text[at];
            if (c is ' ' or '\t')
            {
                spaced = true;
            }
            else if (c is ':' or '=' || (c == '>' && assigned))
            {
                assigned = true;
            }
            else if (c is '"' or '\'' or '`' && assigned)
            {
                quoted = true;
            }
            else if (!(assigned ? c == '\\' : c == ']'))
            {
                // An escaped quote of a string in a string, and the end of an index: settings["password"] = …
                break;
            }
        }

        if (!assigned || at >= text.Length || (isScheme && !spaced))
        {
            return default;
        }

        var rest = text[at..Math.Min(text.Length, at + MaxValue + 1)];
        var length = rest.IndexOfAnyExcept(Value) is >= 0 and var stop ? stop : rest.Length;
        if (length is 0 or > MaxValue)
        {
            return default;
        }

        // Unquoted, an expression of a program goes on with a call, an index or an operator; a setting ends with its line.
        var after = at + length < text.Length ? text[at + length] : '\n';
        var isWholeLine = after is '\n' or '\r' or ' ' or '\t' or '"' or '\'' or '`' or '\0' || (after == '\\' && quoted);
        return (quoted || isWholeLine || isScheme) && after is not ('(' or '[' or '<') && ValueShape.IsSecret(rest[..length], quoted || !spaced)
            ? new SecretSpan(at, length)
            : default;
    }

    /// <summary>The name ends with what was looked for, or with a word that makes it one of several of the kind.</summary>
    private static bool EndsLikeSecret(ReadOnlySpan<char> name)
    {
        var trimmed = name.TrimEnd("0123456789_-");
        foreach (var suffix in Endings)
        {
            if (trimmed.EndsWith(suffix, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }
}

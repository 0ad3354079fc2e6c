using System.Buffers;

namespace SecureAgent.FileGate.Redaction;

/// <summary>The password of <c>scheme://user:password@host</c> (RFC 3986 §3.2.1).</summary>
internal static class UrlPasswordRule
{
    private const int MaxUserInfo = 256;
    private const int MinPassword = 6;

    private static readonly SearchValues<char> Ends = SearchValues.Create("@/ \t\r\n\"'<>`()[]{}\\,;");

    private static readonly SearchValues<string> Placeholders = SearchValues.Create(
        ["pass", "pwd", "secret", "token", "xxx", "***", "your", "example", "user", "$", "%s", "changeme", "1234"], StringComparison.OrdinalIgnoreCase);

    public static void Find(ReadOnlySpan<char> text, List<SecretSpan> found)
    {
        for (var at = 0; text[at..].IndexOf("://", StringComparison.Ordinal) is >= 0 and var next;)
        {
            at += next + 3;
            var rest = text[at..Math.Min(text.Length, at + MaxUserInfo)];
            var end = rest.IndexOfAny(Ends);
            if (end <= 0 || rest[end] != '@')
            {
                continue;
            }

            var colon = rest[..end].IndexOf(':');
            var password = colon < 0 ? [] : rest[(colon + 1)..end];
            if (password.Length >= MinPassword && !password.ContainsAny(Placeholders))
            {
                found.Add(new SecretSpan(at + colon + 1, password.Length));
            }
        }
    }
}

using System.Buffers;
using System.Text;

namespace SecureAgent.FileGate.Redaction;

/// <summary>
/// Finds secrets in bytes. Bytes are widened one for one to characters, so that positions are the same in both and the vectorised string search
/// can be used; every format looked for is ASCII. Time is linear: each rule searches fixed words and then looks a bounded way around them.
/// </summary>
internal static class SecretScanner
{
    /// <summary>Longest secret that is found whole wherever a window of text is cut.</summary>
    public const int MaxSecretBytes = 16 * 1024;

    /// <summary>Spans in order, without overlaps.</summary>
    public static IReadOnlyList<SecretSpan> Find(ReadOnlySpan<byte> bytes)
    {
        var characters = ArrayPool<char>.Shared.Rent(bytes.Length);
        var found = new List<SecretSpan>();
        var isClean = false;
        try
        {
            var text = characters.AsSpan(0, Encoding.Latin1.GetChars(bytes, characters));
            Apply(text, found);
            if (WideText.IsIn(bytes))
            {
                WideText.Find(bytes, 0, Apply, found);
                WideText.Find(bytes, 1, Apply, found);
            }

            isClean = found.Count == 0;
            return found.Count < 2 ? found : Merge(found);
        }
        finally
        {
            // A secret must not stay behind in memory. The array is up to twice as long as what was used of it.
            if (!isClean)
            {
                characters.AsSpan(0, bytes.Length).Clear();
            }

            ArrayPool<char>.Shared.Return(characters);
        }
    }

    /// <summary>Whether a byte of a secret is shown: line breaks, so that line numbers stay, and the zeros of wide text, which then stays text.</summary>
    public static bool IsShown(byte value) => value is (byte)'\n' or (byte)'\r' or 0;

    private static void Apply(ReadOnlySpan<char> text, List<SecretSpan> found)
    {
        PrivateKeyRule.Find(text, found);
        TokenRules.Find(text, found);
        AssignmentRule.Find(text, found);
        UrlPasswordRule.Find(text, found);
    }

    private static List<SecretSpan> Merge(List<SecretSpan> found)
    {
        found.Sort((one, other) => one.Start.CompareTo(other.Start));
        var merged = new List<SecretSpan> { found[0] };
        foreach (var span in found.Skip(1))
        {
            var last = merged[^1];
            if (span.Start < last.End)
            {
                merged[^1] = new SecretSpan(last.Start, Math.Max(last.End, span.End) - last.Start);
            }
            else
            {
                merged.Add(span);
            }
        }

        return merged;
    }
}

using System.Text;
using System.Text.RegularExpressions;
using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Search;

/// <summary>One match. <paramref name="Line"/> and <paramref name="Column"/> count from 1; both are 0 when names were searched.</summary>
internal sealed record SearchMatch(string Path, int Line, int Column, string Text);

/// <summary>Finds the matching lines of one file, a chunk at a time.</summary>
internal static class LineMatcher
{
    /// <summary>Characters of a line that are shown.</summary>
    public const int MaxText = 400;

    /// <summary>Bytes of a line that are searched; the rest of a longer one is passed over.</summary>
    private const int MaxLine = FileReader.ChunkBytes / 2;

    private const int Before = 100;

    /// <summary>At most <paramref name="limit"/> matches; null when the file is binary (has a NUL) or cannot be read.</summary>
    public static List<SearchMatch>? Find(string path, FileContent content, Regex regex, Span<byte> buffer, int limit, TimeProvider time, CancellationToken cancellationToken)
    {
        var matches = new List<SearchMatch>();
        var (offset, kept, line) = (0L, 0, 1);
        while (matches.Count < limit)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var read = content.Read(buffer[kept..], offset, 0, out _);
            if (read < 0 || buffer.Slice(kept, Math.Max(read, 0)).Contains((byte)0))
            {
                return null;
            }

            offset += read;
            var rest = buffer[..(kept + read)];
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..], line++)
            {
                Match(path, rest[..end], line, regex, matches, limit, time);
            }

            if (read == 0)
            {
                Match(path, rest, line, regex, matches, limit, time);
                break;
            }

            // An overlong line is searched by its beginning; what follows up to its end is looked at as if it were lines of its own.
            if (rest.Length > MaxLine)
            {
                Match(path, rest, line, regex, matches, limit, time);
                rest = [];
            }

            rest.CopyTo(buffer);
            kept = rest.Length;
        }

        return matches;
    }

    private static void Match(string path, ReadOnlySpan<byte> bytes, int number, Regex regex, List<SearchMatch> matches, int limit, TimeProvider time)
    {
        if (bytes.IsEmpty || matches.Count >= limit)
        {
            return;
        }

        var text = Encoding.UTF8.GetString(bytes[^1] == '\r' ? bytes[..^1] : bytes);
        var began = time.GetTimestamp();
        foreach (var match in regex.EnumerateMatches(text))
        {
            var start = text.Length <= MaxText ? 0 : Math.Clamp(match.Index - Before, 0, text.Length - MaxText);
            matches.Add(new SearchMatch(path, number, match.Index + 1, text.Substring(start, Math.Min(MaxText, text.Length - start))));
            break;
        }

        // The framework looks at its own limit now and then, so that a line may take longer than that and not be ended by it.
        if (time.GetElapsedTime(began) > SearchExpression.LineTimeout)
        {
            throw new RegexMatchTimeoutException();
        }
    }
}

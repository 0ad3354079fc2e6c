using System.Text;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Files;

/// <summary>
/// A path as a client sent it, judged before any glob sees it. Nothing is normalised: what is not already in its one spelling is refused,
/// so that the path that was judged is byte for byte the path that is opened.
/// </summary>
internal static class FilePath
{
    /// <summary>Linux PATH_MAX, in UTF-8 bytes.</summary>
    public const int MaxBytes = 4096;

    /// <summary>Linux NAME_MAX, in UTF-8 bytes.</summary>
    public const int MaxSegmentBytes = 255;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Null when the path is well formed. <c>""</c> is the root.</summary>
    public static ReasonCode? Fault(string path)
    {
        if (path.Length == 0)
        {
            return null;
        }

        // UTF-8 is never shorter than UTF-16 units: the cheap test first bounds the work below.
        if (path.Length > MaxBytes || !IsText(path) || StrictUtf8.GetByteCount(path) > MaxBytes)
        {
            return ReasonCode.PathInvalid;
        }

        if (path[0] == '/')
        {
            return ReasonCode.PathEscapes;
        }

        ReasonCode? fault = null;
        foreach (var range in path.AsSpan().Split('/'))
        {
            var segment = path.AsSpan(range);
            if (segment is "..")
            {
                return ReasonCode.PathEscapes;
            }

            if (segment is "" or "." || StrictUtf8.GetByteCount(segment) > MaxSegmentBytes)
            {
                fault = ReasonCode.PathInvalid;
            }
        }

        return fault ?? FoldedFault(path);
    }

    /// <summary>Whether any segment begins with a dot, in the given spelling or in the one a folding file system would see.</summary>
    public static bool IsHidden(string path, string folded) => HasDotSegment(path) || HasDotSegment(folded);

    private static bool HasDotSegment(string path) =>
        path.StartsWith('.') || path.Contains("/.", StringComparison.Ordinal);

    /// <summary>A segment that consists of ignorable characters or folds to a dot segment is no name.</summary>
    private static ReasonCode? FoldedFault(string path)
    {
        if (Ascii.IsValid(path))
        {
            return null;
        }

        foreach (var segment in path.Split('/'))
        {
            if (CaseFold.Of(segment) is "" or "." or "..")
            {
                return ReasonCode.PathInvalid;
            }
        }

        return null;
    }

    /// <summary>No control character (C0, DEL, C1, line and paragraph separators), no backslash, no half of a surrogate pair.</summary>
    private static bool IsText(string path)
    {
        for (var at = 0; at < path.Length; at++)
        {
            var unit = path[at];
            if (char.IsHighSurrogate(unit) && at + 1 < path.Length && char.IsLowSurrogate(path[at + 1]))
            {
                at++;
            }
            else if (char.IsSurrogate(unit) || char.IsControl(unit) || unit is '\\' or '\u2028' or '\u2029')
            {
                return false;
            }
        }

        return true;
    }
}

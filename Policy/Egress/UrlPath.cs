using System.Globalization;
using System.Text;

namespace SecureAgent.Policy.Egress;

/// <summary>
/// The one reading of a request path. Whatever servers read in more than one way (dot segments, encoded slashes, a percent sign encoded once more,
/// empty segments, parameters on a dot segment) has none: the path goes out as it came, so it must mean the same here and there.
/// </summary>
public static class UrlPath
{
    /// <summary>Longest path, in characters as sent.</summary>
    public const int MaxLength = 8192;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Percent-decoded, without the first and a final slash (<c>""</c> is the root); null when it can be read in two ways.</summary>
    /// <param name="path">As sent, without query.</param>
    public static string? TryCanonical(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        if (path.Length is 0 or > MaxLength || path[0] != '/' || Decode(path) is not { } decoded)
        {
            return null;
        }

        var inner = decoded.Length > 1 && decoded[^1] == '/' ? decoded[1..^1] : decoded[1..];
        return decoded.Length == 1 || inner.Split('/').All(IsPlainSegment) ? inner : null;
    }

    private static string? Decode(string path)
    {
        var bytes = new byte[path.Length];
        var length = 0;
        for (var at = 0; at < path.Length; at++)
        {
            var unit = path[at];
            if (unit is <= ' ' or >= '\x7f' or '\\' or '#' or '?')
            {
                return null;
            }

            if (unit != '%')
            {
                bytes[length++] = (byte)unit;
                continue;
            }

            if (!TryHex(path, at + 1, out var value) || value is < 0x20 or 0x7f or (byte)'/' or (byte)'\\')
            {
                return null;
            }

            bytes[length++] = value;
            at += 2;
        }

        try
        {
            var decoded = Strict.GetString(bytes, 0, length);
            return IsEncodedAgain(decoded) ? null : decoded;
        }
        catch (DecoderFallbackException)
        {
            // Bytes that are no text have no one reading.
            return null;
        }
    }

    private static bool IsEncodedAgain(string decoded)
    {
        for (var at = decoded.IndexOf('%', StringComparison.Ordinal); at >= 0; at = decoded.IndexOf('%', at + 1))
        {
            if (TryHex(decoded, at + 1, out _))
            {
                return true;
            }
        }

        return false;
    }

    private static bool TryHex(string text, int at, out byte value)
    {
        value = 0;
        return at + 2 <= text.Length && byte.TryParse(text.AsSpan(at, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }

    /// <summary>Some servers cut parameters (<c>;x=1</c>) off a segment before they look at its dots.</summary>
    private static bool IsPlainSegment(string segment)
    {
        var end = segment.IndexOf(';', StringComparison.Ordinal);
        return (end < 0 ? segment : segment[..end]) is not ("" or "." or "..");
    }
}

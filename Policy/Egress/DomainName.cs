using System.Globalization;
using System.Text;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Egress;

/// <summary>Internationalised names to A-labels (RFC 5890, UTS #46), strictly: what could be read in two ways is refused.</summary>
internal static class DomainName
{
    // IdnMapping is not thread-safe by contract, hence one per call; AllowUnassigned stays off.
    public static string? ToAscii(string text)
    {
        if (!Ascii.IsValid(text))
        {
            return null;
        }

        var name = text.ToLowerInvariant();
        return name.Contains("xn--", StringComparison.Ordinal) && !HoldsOnlyValidLabels(name) ? null : name;
    }

    /// <summary>An A-label must decode, and must be the one that its own decoded form encodes to.</summary>
    private static bool HoldsOnlyValidLabels(string name)
    {
        foreach (var label in name.Split('.'))
        {
            if (label.StartsWith("xn--", StringComparison.Ordinal) && !IsValidLabel(label))
            {
                return false;
            }
        }

        return true;
    }

    private static bool IsValidLabel(string label)
    {
        try
        {
            var idn = new IdnMapping();
            var decoded = idn.GetUnicode(label);
            return !Ascii.IsValid(decoded) && CaseFold.Of(decoded) == decoded && idn.GetAscii(decoded) == label;
        }
        catch (ArgumentException)
        {
            // IdnMapping reports a malformed label only so.
            return false;
        }
    }
}

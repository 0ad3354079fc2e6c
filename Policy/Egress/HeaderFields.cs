using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Egress;

/// <summary>Which header fields of an inspected request go out. Pure; names are compared without case (RFC 9110 §5.1).</summary>
public static class HeaderFields
{
    /// <summary>Fields without which a message has no end, no host or no switch of protocol. Each is judged, or set, elsewhere.</summary>
    private static readonly HashSet<string> Framing = new(StringComparer.OrdinalIgnoreCase)
    {
        "Host", "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Upgrade", "TE", "Trailer", "Expect", "Sec-WebSocket-Key", "Sec-WebSocket-Version",
    };

    public static bool GoesOut(InspectRule rule, string name)
    {
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentException.ThrowIfNullOrEmpty(name);
        return name[0] == ':'
            || Framing.Contains(name)
            || (!IsNamed(rule.StripHeaders, name) && (rule.Headers is not { } listed || IsNamed(listed, name)));
    }

    private static bool IsNamed(IReadOnlyList<string> patterns, string name) => patterns.Any(pattern => pattern.EndsWith('*')
        ? name.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.OrdinalIgnoreCase)
        : name.Equals(pattern, StringComparison.OrdinalIgnoreCase));
}

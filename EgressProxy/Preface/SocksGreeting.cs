namespace SecureAgent.EgressProxy.Preface;

/// <summary>The first message of a SOCKS5 client (RFC 1928 §3): the ways it can authenticate. Pure.</summary>
/// <param name="IsOpen">Whether it offers to go without authentication: the socket says who it is.</param>
internal readonly record struct SocksGreeting(HeadStatus Status, int Length, bool IsOpen) : IHead
{
    public const byte Version = 5;

    /// <summary>Longest greeting, in bytes.</summary>
    public const int MaxLength = 2 + byte.MaxValue;

    public static bool MayBegin(ReadOnlySpan<byte> bytes) => !bytes.IsEmpty && bytes[0] == Version;

    public static SocksGreeting Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return default;
        }

        if (bytes[0] != Version || (bytes.Length > 1 && bytes[1] == 0))
        {
            return new SocksGreeting(HeadStatus.Malformed, 0, false);
        }

        return bytes.Length < 2 || bytes.Length < 2 + bytes[1]
            ? default
            : new SocksGreeting(HeadStatus.Complete, 2 + bytes[1], bytes.Slice(2, bytes[1]).Contains((byte)0));
    }
}

namespace SecureAgent.Contracts.Guest;

/// <summary>
/// How PID 1 of a sandbox gives the listening socket of a loopback port to a gate, on a connection to the session's socket: <see cref="Offer"/> with the descriptor (SCM_RIGHTS), and
/// <see cref="Taken"/> back. The connection ends without it where the gate does not take it, and the bytes are relayed then.
/// </summary>
public static class Handover
{
    /// <summary>The first bytes of no protocol that a gate serves.</summary>
    public static ReadOnlySpan<byte> Offer => "SA-LISTEN-ON/1\r\n"u8;

    public const byte Taken = (byte)'+';
}

namespace SecureAgent.Fuzz;

/// <summary>Cases by number: the same seed and number make the same case.</summary>
internal sealed class Mutator(FuzzTarget target, ulong seed)
{
    private const int MaxLength = 40_000;

    private static ReadOnlySpan<byte> Telling => [0, 9, 10, 13, 32, (byte)'%', (byte)'.', (byte)':', (byte)'/', (byte)'[', (byte)']', (byte)'@', (byte)'0', 127, 128, 255];

    private ulong state;

    /// <summary>The next random number below the limit.</summary>
    public int Next(int limit)
    {
        // SplitMix64.
        state += 0x9e3779b97f4a7c15;
        var mixed = state;
        mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)limit);
    }

    public byte[] Make(long number)
    {
        state = (seed * 0xd1342543de82ef95) + ((ulong)number * 0x2545f4914f6cdd1d);
        var bytes = target.Seeds[Next(target.Seeds.Count)];
        for (var steps = Next(5); steps > 0; steps--)
        {
            bytes = Step(bytes);
        }

        return bytes.Length <= MaxLength ? bytes : bytes[..MaxLength];
    }

    private byte[] Step(byte[] bytes)
    {
        var at = Next(bytes.Length + 1);
        var end = at + Next(Math.Min(bytes.Length - at, 32) + 1);
        return Next(8) switch
        {
            0 => [.. bytes[..at], (byte)Next(256), .. bytes[Math.Min(bytes.Length, at + 1)..]],
            1 => [.. bytes[..at], Telling[Next(Telling.Length)], .. bytes[Math.Min(bytes.Length, at + 1)..]],
            2 => [.. bytes[..at], Telling[Next(Telling.Length)], .. bytes[at..]],
            3 => [.. bytes[..at], .. target.Words[Next(target.Words.Count)], .. bytes[at..]],
            4 => [.. bytes[..at], .. bytes[end..]],
            5 => [.. bytes[..end], .. bytes[at..]],
            6 => bytes[..at],
            _ => [.. bytes[..at], .. target.Seeds[Next(target.Seeds.Count)]],
        };
    }
}

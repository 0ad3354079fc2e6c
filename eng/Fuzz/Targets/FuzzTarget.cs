namespace SecureAgent.Fuzz;

/// <summary>One parser, and what must hold for whatever it is given.</summary>
/// <param name="Seeds">Examples that cases are made of.</param>
/// <param name="Words">Pieces that mean something to the parser.</param>
/// <param name="Check">Throws <see cref="FuzzException"/> when something does not hold; the number is as random as the bytes. True when the parser took them.</param>
internal sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, IReadOnlyList<byte[]> Words, Func<byte[], int, bool> Check)
{
    public override string ToString() => Name;

    public static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new FuzzException(what);
        }
    }
}

internal sealed class FuzzException(string message) : Exception(message);

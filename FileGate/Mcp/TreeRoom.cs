namespace SecureAgent.FileGate.Mcp;

/// <summary>What one tree may still hold: entries, and characters, of which an entry takes the more for its indentation the deeper it lies.</summary>
internal sealed class TreeRoom(int entries)
{
    /// <summary>Whatever depth an agent has made, the answer stays small; an ordinary tree of all the entries takes a tenth.</summary>
    private const int MaxCharacters = 16 << 20;

    private const int IndentOfAnEntry = 4 * 4;
    private const int WordsOfAnEntry = 80;

    private int left = entries;
    private long characters = MaxCharacters;

    /// <returns>False when there is no more room, and never true after that.</returns>
    public bool Take(string name, int depth)
    {
        characters -= WordsOfAnEntry + name.Length + ((long)depth * IndentOfAnEntry);
        return --left >= 0 && characters >= 0;
    }
}

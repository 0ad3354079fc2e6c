using System.Collections.Concurrent;

namespace SecureAgent.FileGate.Asking;

/// <summary>One session's questions about changes: how many, and what the operator said for the whole session.</summary>
internal sealed class AskedPaths
{
    private const int MaxOpen = 16;
    private const int MaxInAll = 200;

    private readonly ConcurrentDictionary<string, bool> lasting = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private int open;
    private int asked;

    /// <summary>Null when the operator has said nothing that lasts.</summary>
    public bool? Find(string path) => lasting.TryGetValue(path, out var allowed) ? allowed : null;

    public void Keep(string path, bool allowed) => lasting[path] = allowed;

    /// <summary>False for an agent that asks ever new questions: it is refused before the operator is tired of it.</summary>
    public bool TryBegin()
    {
        lock (gate)
        {
            if (open >= MaxOpen || asked >= MaxInAll)
            {
                return false;
            }

            asked++;
            open++;
            return true;
        }
    }

    public void End()
    {
        lock (gate)
        {
            open--;
        }
    }
}

using System.Collections.Concurrent;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;

namespace SecureAgent.FileGate.Sessions;

/// <summary>Bytes and different files under one grant. Taken before release, so that racing reads cannot share the last of it.</summary>
internal sealed class ByteBudget(FileGrant grant)
{
    private readonly ConcurrentDictionary<string, byte> files = new(StringComparer.Ordinal);
    private long used;
    private int counted;

    public long Used => Interlocked.Read(ref used);

    /// <param name="path">Counts once, however often it is read. It stays counted when bytes are given back.</param>
    public Decision Take(string path, long bytes)
    {
        var counts = Count(path);
        if (!counts.IsAllowed)
        {
            return counts;
        }

        while (true)
        {
            var before = Used;
            var decision = FileHandlePolicy.DecideBudget(grant, before, bytes);
            if (!decision.IsAllowed || Interlocked.CompareExchange(ref used, before + bytes, before) == before)
            {
                return decision;
            }
        }
    }

    /// <summary>Gives back what was taken but never handed to the client's connection.</summary>
    public void Return(long bytes) => Interlocked.Add(ref used, -bytes);

    private Decision Count(string path)
    {
        if (files.ContainsKey(path))
        {
            return Decision.Allow(grant.Rule);
        }

        while (true)
        {
            var before = Volatile.Read(ref counted);
            var decision = FileHandlePolicy.DecideFileCount(grant, before);
            if (!decision.IsAllowed)
            {
                return decision;
            }

            if (Interlocked.CompareExchange(ref counted, before + 1, before) == before)
            {
                if (!files.TryAdd(path, 0))
                {
                    Interlocked.Decrement(ref counted);
                }

                return decision;
            }
        }
    }
}

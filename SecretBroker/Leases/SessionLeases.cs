namespace SecureAgent.SecretBroker.Leases;

/// <summary>The live leases of one session. Once ended it takes none.</summary>
internal sealed class SessionLeases(int limit, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LiveLease> live = new(StringComparer.Ordinal);
    private bool ended;

    public bool IsFull
    {
        get
        {
            lock (gate)
            {
                return live.Count >= limit && RemoveExpired() == 0;
            }
        }
    }

    /// <summary>False when the session has ended meanwhile: the lease must not be given.</summary>
    public bool TryAdd(LiveLease lease)
    {
        lock (gate)
        {
            if (ended || (live.Count >= limit && RemoveExpired() == 0))
            {
                return false;
            }

            live.Add(lease.Id, lease);
            return true;
        }
    }

    /// <summary>Ends one lease of this caller; another caller's lease is not there for it.</summary>
    public LiveLease? Remove(string leaseId, string caller)
    {
        lock (gate)
        {
            return live.TryGetValue(leaseId, out var lease) && lease.Caller == caller && live.Remove(leaseId) ? lease : null;
        }
    }

    /// <summary>Ends every lease and the session's right to new ones.</summary>
    public IReadOnlyList<LiveLease> End()
    {
        lock (gate)
        {
            ended = true;
            RemoveExpired();
            LiveLease[] leases = [.. live.Values];
            live.Clear();
            return leases;
        }
    }

    private int RemoveExpired()
    {
        var now = time.GetUtcNow();
        string[] gone = [.. live.Values.Where(lease => lease.ExpiresAt <= now).Select(lease => lease.Id)];
        foreach (var id in gone)
        {
            live.Remove(id);
        }

        return gone.Length;
    }
}

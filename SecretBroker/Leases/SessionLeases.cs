namespace SecureAgent.SecretBroker.Leases;

/// <summary>The live leases of one session. Once ended it takes none.</summary>
internal sealed class SessionLeases(int limit, TimeProvider time)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LiveLease> live = new(StringComparer.Ordinal);
    private readonly List<LiveLease> expired = [];
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

    public bool Holds(string leaseId)
    {
        lock (gate)
        {
            return live.ContainsKey(leaseId);
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

    /// <summary>Ends the leases of these secrets.</summary>
    public IReadOnlyList<LiveLease> RemoveOf(IReadOnlySet<string> names)
    {
        lock (gate)
        {
            return [.. live.Values.Where(lease => names.Contains(lease.Name)).ToArray().Where(lease => live.Remove(lease.Id))];
        }
    }

    /// <summary>What has run out since the last call, to be revoked at the store.</summary>
    public IReadOnlyList<LiveLease> TakeExpired()
    {
        lock (gate)
        {
            RemoveExpired();
            LiveLease[] taken = [.. expired];
            expired.Clear();
            return taken;
        }
    }

    /// <summary>Those the store would end before their time, in the last third of their life there.</summary>
    public IReadOnlyList<LiveLease> DueForRenewal()
    {
        lock (gate)
        {
            var now = time.GetUtcNow();
            return [.. live.Values.Where(lease =>
                lease.Store is { IsRenewable: true } store && lease.StoreEndsAt < lease.ExpiresAt && lease.StoreEndsAt - (store.Duration / 3) <= now)];
        }
    }

    /// <summary>The store's word counts, also when it is less than asked.</summary>
    public void Renewed(LiveLease lease, TimeSpan given)
    {
        lock (gate)
        {
            if (live.ContainsKey(lease.Id))
            {
                live[lease.Id] = lease with { Store = lease.Store! with { Duration = given }, StoreEndsAt = time.GetUtcNow() + given };
            }
        }
    }

    /// <summary>Ends every lease and the session's right to new ones; also gives those that ran out and were not taken yet and live at a store.</summary>
    public (IReadOnlyList<LiveLease> Live, IReadOnlyList<LiveLease> Expired) End()
    {
        lock (gate)
        {
            ended = true;
            RemoveExpired();
            LiveLease[] leases = [.. live.Values];
            LiveLease[] gone = [.. expired];
            live.Clear();
            expired.Clear();
            return (leases, gone);
        }
    }

    /// <summary>After a thaw: leases may be given again.</summary>
    public void Resume()
    {
        lock (gate)
        {
            ended = false;
        }
    }

    private int RemoveExpired()
    {
        var now = time.GetUtcNow();
        LiveLease[] gone = [.. live.Values.Where(lease => lease.ExpiresAt <= now)];
        foreach (var lease in gone)
        {
            live.Remove(lease.Id);
            if (lease.Store is not null)
            {
                expired.Add(lease);
            }
        }

        return gone.Length;
    }
}

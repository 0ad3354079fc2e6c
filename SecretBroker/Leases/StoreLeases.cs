using System.Collections.Concurrent;
using SecureAgent.SecretBroker.Store;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Engines;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Leases that live at the store: journalled before use, revoked there when they end. What could not be revoked is owed, and nothing new is issued until it is.</summary>
internal sealed class StoreLeases : IDisposable
{
    private const int AtOnce = 16;

    private readonly VaultLeases vault;
    private readonly LeaseJournal journal;
    private readonly LeaseIntents intents;
    private readonly ILogger<StoreLeases> log;
    private readonly SemaphoreSlim settling = new(1, 1);
    private readonly ConcurrentDictionary<string, byte> owed = new(StringComparer.Ordinal);

    /// <summary>What the journal holds at the start are the orphans of a broker that crashed.</summary>
    public StoreLeases(VaultLeases vault, LeaseJournal journal, LeaseIntents intents, ILogger<StoreLeases> log)
    {
        (this.vault, this.journal, this.intents, this.log) = (vault, journal, intents, log);
        foreach (var orphan in journal.Live)
        {
            owed[orphan] = 0;
        }
    }

    /// <summary>Throws <see cref="SecretStoreException"/> while something owed is still alive at the store.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        if (owed.IsEmpty && !intents.HasOrphans)
        {
            return;
        }

        await SweepAsync(cancellationToken);
        if (!owed.IsEmpty || intents.HasOrphans)
        {
            throw new SecretStoreException($"{owed.Count} leases that have ended, or what a crash left, are still alive at the store; nothing new is issued until they are revoked");
        }
    }

    /// <summary>Revokes what is owed and what answers that got lost may have made.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        await settling.WaitAsync(cancellationToken);
        try
        {
            await RevokeOwedAsync();
            await intents.ClearAsync();
        }
        catch (Exception error) when (error is VaultException or IOException)
        {
            // Still lost, and in the journal.
            log.StoreFailed(error);
        }
        finally
        {
            settling.Release();
        }
    }

    /// <summary>Revoked at the store when it returns, or owed. Never throws.</summary>
    public async Task RevokeAsync(IEnumerable<LiveLease> leases)
    {
        foreach (var lease in leases)
        {
            if (lease.Store is { } held)
            {
                owed[held.Id] = 0;
            }
        }

        if (!owed.IsEmpty)
        {
            await RevokeOwedAsync();
        }
    }

    /// <summary>Like <see cref="RevokeAsync"/>, for a credential that was never given.</summary>
    public Task EndAsync(string leaseId)
    {
        owed[leaseId] = 0;
        return RevokeOwedAsync();
    }

    /// <summary>The lease with its new life; null when it is gone at the store. Unchanged when the store cannot be asked.</summary>
    public async Task<TimeSpan?> RenewAsync(StoreLease lease, CancellationToken cancellationToken)
    {
        try
        {
            return await vault.RenewAsync(lease.Id, lease.Duration, cancellationToken);
        }
        catch (VaultException error)
        {
            log.StoreFailed(error);
            return TimeSpan.Zero;
        }
    }

    public void Dispose() => settling.Dispose();

    /// <summary>Stops at the first failure: a store that is away is not asked once for each lease.</summary>
    private async Task RevokeOwedAsync()
    {
        var isAway = false;
        await Parallel.ForEachAsync(owed.Keys, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (id, _) =>
        {
            if (Volatile.Read(ref isAway))
            {
                return;
            }

            try
            {
                await vault.RevokeAsync(id, CancellationToken.None);
                journal.End(id);
                owed.TryRemove(id, out var _);
            }
            catch (Exception error) when (error is VaultException or IOException)
            {
                // It stays owed and in the journal.
                Volatile.Write(ref isAway, true);
                log.StoreFailed(error);
            }
        });
    }
}

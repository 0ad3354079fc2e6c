using SecureAgent.SecretBroker.Store;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Engines;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>
/// Written before a credential is asked for, so that an answer nobody saw is known of. What such an answer may have made has no name here: everything
/// below its path is revoked instead, as soon as nothing that is in use lives there.
/// </summary>
internal sealed class LeaseIntents(LeaseJournal journal, VaultLeases vault, ILogger<LeaseIntents> log)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, int> asking = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Task> clearing = new(StringComparer.Ordinal);

    /// <summary>By path; true where a broker that crashed left it, and nothing may be issued before it is cleared.</summary>
    private readonly Dictionary<string, bool> lost = journal.Unanswered.ToDictionary(path => path, _ => true, StringComparer.Ordinal);

    public bool HasOrphans
    {
        get
        {
            lock (gate)
            {
                return lost.ContainsValue(true);
            }
        }
    }

    /// <summary>The credential, its lease in the journal. The asking is not cancelled with its caller: a caller that goes away would leave an answer nobody saw.</summary>
    public async Task<VaultSecret> AskAsync(string path, Func<Task<VaultSecret>> ask)
    {
        await EnterAsync(path);
        var isKnown = false;
        try
        {
            journal.Ask(path);
            var secret = await ask();
            await BeginAsync(path, secret);
            isKnown = true;
            return secret;
        }
        catch (VaultException error) when (NothingWasMade(error.Error))
        {
            journal.NothingBegan(path);
            isKnown = true;
            throw;
        }
        catch (IOException error)
        {
            throw new SecretStoreException("the lease journal cannot be written", error);
        }
        finally
        {
            Leave(path, isKnown);
        }
    }

    /// <summary>Revokes what lost answers may have made. Throws <see cref="VaultException"/> when the store does not.</summary>
    public async Task ClearAsync()
    {
        foreach (var path in Idle())
        {
            var done = new TaskCompletionSource();
            if (!TryBeginClearing(path, done.Task))
            {
                continue;
            }

            try
            {
                await vault.RevokeBelowAsync(path, CancellationToken.None);
                journal.Cleared(path);
                lock (gate)
                {
                    lost.Remove(path);
                }
            }
            finally
            {
                lock (gate)
                {
                    clearing.Remove(path);
                }

                done.SetResult();
            }
        }
    }

    /// <summary>Answers after which there is certainly no credential.</summary>
    private static bool NothingWasMade(VaultError error) => error is VaultError.Denied or VaultError.NotFound or VaultError.Rejected or VaultError.Sealed
        or VaultError.Standby or VaultError.Redirected or VaultError.RateLimited or VaultError.TooLarge or VaultError.Untrusted or VaultError.LoginFailed or VaultError.RootToken;

    private async Task BeginAsync(string path, VaultSecret secret)
    {
        try
        {
            if (secret.LeaseId is { } lease)
            {
                journal.Began(path, lease);
            }
            else
            {
                journal.NothingBegan(path);
            }
        }
        catch (Exception error) when (error is IOException or SecretStoreException)
        {
            secret.Dispose();
            await TryRevokeAsync(secret.LeaseId);
            throw;
        }
    }

    /// <summary>When this fails the path stays lost, and is cleared later.</summary>
    private async Task TryRevokeAsync(string? lease)
    {
        try
        {
            if (lease is not null)
            {
                await vault.RevokeAsync(lease, CancellationToken.None);
            }
        }
        catch (VaultException error)
        {
            log.StoreFailed(error);
        }
    }

    private async Task EnterAsync(string path)
    {
        while (true)
        {
            Task? busy;
            lock (gate)
            {
                if (!clearing.TryGetValue(path, out busy))
                {
                    asking[path] = asking.GetValueOrDefault(path) + 1;
                    return;
                }
            }

            await busy;
        }
    }

    private void Leave(string path, bool isKnown)
    {
        lock (gate)
        {
            asking[path]--;
            if (!isKnown)
            {
                lost.TryAdd(path, false);
            }
        }
    }

    private string[] Idle()
    {
        lock (gate)
        {
            return [.. lost.Keys.Where(path => asking.GetValueOrDefault(path) == 0 && !journal.HoldsBelow(path))];
        }
    }

    private bool TryBeginClearing(string path, Task done)
    {
        lock (gate)
        {
            return asking.GetValueOrDefault(path) == 0 && !journal.HoldsBelow(path) && clearing.TryAdd(path, done);
        }
    }
}

using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>Once a second: revokes what is owed and what has run out, renews what a session still holds.</summary>
internal sealed class LeaseKeeper(StoreLeases store, SessionRegistry sessions, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        do
        {
            await store.SweepAsync(stoppingToken);
            var answers = true;
            foreach (var session in sessions.All)
            {
                if (session.State.Get<SessionLeases>() is { } leases)
                {
                    await store.RevokeAsync(leases.TakeExpired());
                    answers = answers && await RenewAsync(leases, stoppingToken);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>False: the store does not answer; it is asked again in the next round and not once for each lease.</summary>
    private async Task<bool> RenewAsync(SessionLeases leases, CancellationToken cancellationToken)
    {
        foreach (var lease in leases.DueForRenewal())
        {
            var given = await store.RenewAsync(lease.Store!, cancellationToken);
            if (given is null)
            {
                leases.Remove(lease.Id, lease.Caller);
                await store.RevokeAsync([lease]);
            }
            else if (given > TimeSpan.Zero)
            {
                leases.Renewed(lease, given.Value);
            }
            else
            {
                return false;
            }
        }

        return true;
    }
}

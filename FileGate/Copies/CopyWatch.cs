using SecureAgent.FileGate.Native;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Copies;

/// <summary>Freezes a session whose copy outgrows its budget, or cannot be measured: what it writes there is on the host's disk.</summary>
internal sealed class CopyWatch(SessionAlarms alarms, TimeProvider time, ILogger<CopyWatch> log)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A look may take this part of the time.</summary>
    private const int Pause = 19;

    public void Start(PrivateCopy copy) => _ = RunAsync(copy);

    /// <summary>Bytes and entries of a copy, as far as it is within its limits; not all of it when a directory cannot be read, in which anything may lie.</summary>
    public static (long Bytes, long Entries, bool IsAll) Measure(PrivateCopy copy)
    {
        var error = Libc.Open(null, copy.Directory, OpenFlags.ForRoot, resolve: 0, out var root);
        using (root)
        {
            (long Bytes, long Entries, bool IsAll) sum = (0, 0, true);
            foreach (var (_, facts, isUnread) in error == 0 ? CopyTree.Walk(root, copy.MaxEntries) : [])
            {
                sum = (sum.Bytes + (facts.IsRegular ? facts.Size : 0), sum.Entries + 1, sum.IsAll && !isUnread);
                if (sum.Bytes > copy.MaxBytes || !sum.IsAll)
                {
                    break;
                }
            }

            return sum;
        }
    }

    private async Task RunAsync(PrivateCopy copy)
    {
        var session = copy.Session.Context;
        try
        {
            for (var pause = Interval; ; )
            {
                await Task.Delay(pause, time, session.Closed);
                var began = time.GetTimestamp();
                var (bytes, entries, isAll) = Measure(copy);
                if (!session.IsFrozen && (!isAll || bytes > copy.MaxBytes || entries > copy.MaxEntries))
                {
                    await alarms.TripAsync(
                        session, AuditPlanes.Files, "/workspace", ReasonCode.BudgetExceeded, AuditFact.Of("bytes", bytes), AuditFact.Of("entries", entries));
                }

                var took = time.GetElapsedTime(began) * Pause;
                pause = took > Interval ? took : Interval;
            }
        }
        catch (OperationCanceledException)
        {
            // The session is over.
        }
        catch (AuditUnavailableException error)
        {
            // It is frozen all the same; nobody watches a frozen session.
            log.AuditUnavailable(error, session.Id);
        }
    }
}

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Watching;

/// <summary>
/// Tells a session what changes below a directory, by looking again and again: every name is judged as in a list, none comes from the kernel's own
/// notices, which know nothing of the policy. The pause is long against the look, so that a large tree costs a fixed share of a core.
/// </summary>
internal sealed class TreeWatcher(DecisionRecorder recorder, IOptions<FileGateOptions> options, TimeProvider time)
{
    /// <summary>Pause between two looks, in units of the time the last look took, and at least <see cref="FileGateOptions.WatchInterval"/>.</summary>
    private const int PausePerLook = 19;

    /// <summary>Decides, takes one of the session's watches and records. Dispose of it to give the watch back.</summary>
    public Answer<Watch> Begin(FileSession session, string path)
    {
        using var opened = FileAuthority.OpenDirectory(session, path);
        var isTaken = opened.Handle is not null && session.WatchSlots.Wait(0);
        var decision = opened.Handle is null || isTaken ? opened.Decision : Decision.Deny(ReasonCode.BudgetExceeded);
        var recorded = recorder.Record(session, FileOperations.Watch, path, decision);
        if (recorded.IsAllowed)
        {
            return new Watch(session, path);
        }

        if (isTaken)
        {
            session.WatchSlots.Release();
        }

        return Refusal.Of(session, path, recorded);
    }

    /// <summary>
    /// The first look, which holds no change, and then every look that found one, until cancelled. Each is recorded before it is given;
    /// it ends when it cannot be.
    /// </summary>
    public async IAsyncEnumerable<WatchLook> LooksAsync(Watch watch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var before = Take(watch, cancellationToken);
        yield return new WatchLook([], before.Entries.Count, before.IsTruncated);
        var pause = options.Value.WatchInterval;
        while (true)
        {
            await Task.Delay(pause, time, cancellationToken);
            var started = time.GetTimestamp();
            var now = Take(watch, cancellationToken);
            var changes = before.ChangesTo(now);
            pause = Longer(options.Value.WatchInterval, time.GetElapsedTime(started) * PausePerLook);
            before = now;
            if (changes.Count == 0)
            {
                continue;
            }

            // The directory itself is judged again: it may be gone, or something else by now.
            using var opened = FileAuthority.OpenDirectory(watch.Session, watch.Path);
            var recorded = recorder.Record(
                watch.Session, FileOperations.Watch, watch.Path, opened.Decision, AuditFact.Of("entries", changes.Count));
            yield return recorded.IsAllowed
                ? new WatchLook(changes, now.Entries.Count, now.IsTruncated)
                : new WatchLook([], 0, false) { Refusal = Refusal.Of(watch.Session, watch.Path, recorded) };
            if (!recorded.IsAllowed)
            {
                yield break;
            }
        }
    }

    private TreeSnapshot Take(Watch watch, CancellationToken cancellationToken) =>
        TreeSnapshot.Take(watch.Session, watch.Path, options.Value.MaxWatchedEntries, options.Value.MaxDirectoryEntries, cancellationToken);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;
}

/// <param name="Entries">Entries under watch.</param>
internal sealed record WatchLook(IReadOnlyList<WatchChange> Changes, int Entries, bool IsTruncated)
{
    /// <summary>Why the watch ends; nothing else is told then.</summary>
    public Refusal? Refusal { get; init; }
}

/// <summary>One of the watches a session may hold.</summary>
internal sealed record Watch(FileSession Session, string Path) : IDisposable
{
    public void Dispose() => Session.WatchSlots.Release();
}

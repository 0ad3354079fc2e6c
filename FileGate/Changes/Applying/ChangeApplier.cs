using System.Text.Json;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Changes.Applying;

/// <param name="Held">Left where they are: never applied together with others.</param>
internal sealed record ApplyOutcome(IReadOnlyList<string> Applied, IReadOnlyDictionary<string, HandoffTrap> Held, IReadOnlyList<ApplyConflict> Conflicts);

/// <summary>Applies and discards what sessions proposed. One at a time in the whole process.</summary>
internal sealed class ChangeApplier(ChangeStore store, AuditLog audit, ApplySteps steps, ILogger<ChangeApplier> log)
{
    public const string Applied = "change.applied";
    public const string Discarded = "change.discarded";
    public const string Undone = "change.undone";

    private readonly Lock applying = new();

    /// <param name="paths">Empty for every change that is not held.</param>
    /// <exception cref="ApplyException">Nothing was changed.</exception>
    public ApplyOutcome Apply(ChangeSet set, IReadOnlyCollection<string> paths)
    {
        lock (applying)
        {
            lock (set.Turn)
            {
                Recover(set.Id, set.Files);
                using var tree = TreeOf(set);
                var held = HeldChanges.Of(set, tree.Folder);
                var chosen = Choose(set, paths, held);
                if (chosen.Count == 0)
                {
                    return new ApplyOutcome([], held, []);
                }

                var directories = ConflictCheck.Coming(tree.Folder, chosen);
                var made = chosen.FindAll(change => change.Kind != ChangeKind.Directory || directories.Contains(change.Path));
                var conflicts = chosen.Select(change => (change.Path, why: ConflictCheck.Of(tree.Folder, change, directories)))
                    .Where(found => found.why is not null).Select(found => new ApplyConflict(found.Path, found.why!)).ToList();
                if (conflicts.Count == 0
                    && new ApplyTransaction(set.Files, tree, steps).Run(set.Document, made, () => Record(set, Applied, chosen, held)) is { } conflict)
                {
                    conflicts.Add(conflict);
                }

                if (conflicts.Count > 0)
                {
                    return new ApplyOutcome([], held, conflicts);
                }

                if (chosen.Except(made).Select(change => change.Path).ToList() is { Count: > 0 } there)
                {
                    set.Remove(there);
                }

                Finish(set.Id, set.Files);
                return new ApplyOutcome([.. chosen.Select(change => change.Path)], held, []);
            }
        }
    }

    /// <param name="paths">Empty for all.</param>
    public IReadOnlyList<string> Discard(ChangeSet set, IReadOnlyCollection<string> paths)
    {
        lock (set.Turn)
        {
            RequireKnown(set, paths);
            var gone = set.All().Where(change => paths.Count == 0 || paths.Any(path => change.Path == path || change.Path.StartsWith(path + "/", StringComparison.Ordinal))).ToList();
            Record(set, Discarded, gone, new Dictionary<string, HandoffTrap>());
            set.Remove([.. gone.Select(change => change.Path)]);
            store.Tidy(set);
            return [.. gone.Select(change => change.Path)];
        }
    }

    /// <summary>Undoes or finishes what a crash has left. Called for every set before anything is served.</summary>
    public void RecoverAll()
    {
        foreach (var (id, files) in store.Directories())
        {
            try
            {
                Recover(id, files);
            }
            catch (Exception error) when (error is IOException or JsonException)
            {
                // The journal stays, and with it the refusal of every further apply of this set.
                log.ApplyUnfinished(error, id);
            }
        }
    }

    public static HostTree TreeOf(ChangeSet set) => HostTree.Open(set.Document.Root, set.Document.Device, set.Document.Inode)
        ?? throw new ApplyException($"the folder '{set.Document.Root}' is gone, or another one has its name now; put it back, or discard the changes");

    private void Recover(string id, ChangeFiles files)
    {
        if (ApplyJournal.Load(files) is not { } journal)
        {
            if (store.Find(id) is { } set)
            {
                store.Tidy(set);
            }
            else
            {
                files.DeleteAll();
            }

            return;
        }

        if (journal.Phase == ApplyPhase.Done)
        {
            Finish(id, files);
            return;
        }

        using var tree = HostTree.Open(journal.Root, journal.Device, journal.Inode)
            ?? throw new ApplyException($"the folder '{journal.Root}' is gone while changes to it wait to be undone; put it back");
        new ApplyUndo(files, tree, steps).Run(journal);
        audit.Append(new AuditEntry(Undone, AuditPlanes.Files) { Session = ChangeSet.SessionOf(id), Facts = [AuditFact.Of("changes", journal.Steps.Count)] });
    }

    private void Finish(string id, ChangeFiles files)
    {
        var journal = ApplyJournal.Load(files)!;
        using (var tree = HostTree.Open(journal.Root, journal.Device, journal.Inode))
        {
            if (tree is not null)
            {
                new ApplyTransaction(files, tree, steps).Finish(journal);
            }
        }

        steps.Reached("take out");
        var set = store.Find(id);
        set?.Remove([.. journal.Steps.Select(step => step.Change.Path)]);
        steps.Reached("forget");
        ApplyJournal.Delete(files);
        steps.Reached("tidy");
        if (set is not null)
        {
            store.Tidy(set);
        }
    }

    private static List<StagedChange> Choose(ChangeSet set, IReadOnlyCollection<string> paths, IReadOnlyDictionary<string, HandoffTrap> held)
    {
        RequireKnown(set, paths);
        var all = set.All();
        if (paths.Count > 1 && paths.FirstOrDefault(held.ContainsKey) is { } one)
        {
            throw new ApplyException($"'{one}' is held ({held[one].Word()}) and is applied only by itself: name no other path with it");
        }

        // What is proposed in a directory that is proposed too brings it along.
        return paths.Count == 0
            ? WithoutEmptied(all, [.. all.Where(change => !held.ContainsKey(change.Path) && !HeldChanges.IsBelowHeld(change.Path, held))])
            : [.. all.Where(change => paths.Contains(change.Path)
                || (change.Kind == ChangeKind.Directory && paths.Any(path => path.StartsWith(change.Path + "/", StringComparison.Ordinal))))];
    }

    /// <summary>A directory of which everything is held waits with it.</summary>
    private static List<StagedChange> WithoutEmptied(IReadOnlyList<StagedChange> all, List<StagedChange> chosen)
    {
        var files = chosen.Where(change => change.Kind != ChangeKind.Directory).ToList();
        return chosen.FindAll(change => change.Kind != ChangeKind.Directory || !Below(all.Where(other => other.Kind != ChangeKind.Directory), change) || Below(files, change));

        static bool Below(IEnumerable<StagedChange> changes, StagedChange directory) =>
            changes.Any(change => change.Path.StartsWith(directory.Path + "/", StringComparison.Ordinal));
    }

    private static void RequireKnown(ChangeSet set, IReadOnlyCollection<string> paths)
    {
        if (paths.FirstOrDefault(path => set.Find(path) is null) is { } unknown)
        {
            throw new ApplyException($"no change of '{unknown}' is in the set; see: secure-agent changes show {set.Id}");
        }
    }

    private void Record(ChangeSet set, string kind, IReadOnlyList<StagedChange> changes, IReadOnlyDictionary<string, HandoffTrap> held)
    {
        foreach (var change in changes)
        {
            audit.Append(new AuditEntry(kind, AuditPlanes.Files)
            {
                Session = set.Session,
                Subject = set.Seen(change.Path),
                Facts =
                [
                    AuditFact.Of("change", change.Verb), AuditFact.Of("bytes", change.Size), AuditFact.Of("sha256", change.Hash), AuditFact.Of("before", change.BaseHash),
                    .. held.TryGetValue(change.Path, out var trap) ? [AuditFact.Of("held", trap.Word())] : Array.Empty<AuditFact>(),
                ],
            });
        }
    }
}

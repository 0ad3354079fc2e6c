using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>
/// Puts changes into a folder so that, crash or not, it ends as the old tree or the new one.
/// </summary>
/// <remarks>
/// Journal "staging"; the new files, complete and on disk, in a directory of a name nobody can guess; journal "swapping"; every name changes hands by one
/// rename, and what came out is looked at; journal "done", the point of no return; then the old files are cleared away. Whoever finds the journal
/// undoes it before that point and finishes it after.
/// </remarks>
internal sealed class ApplyTransaction(ChangeFiles files, HostTree tree, ApplySteps steps)
{
    /// <param name="commit">Called when every name has changed hands, before that counts; when it throws everything is undone.</param>
    /// <returns>Null, or the change that met something else than it was made against; nothing has changed then.</returns>
    public ApplyConflict? Run(ChangeSetDocument set, IReadOnlyList<StagedChange> changes, Action commit)
    {
        var journal = new ApplyJournal(
            set.Root, set.Device, set.Inode, ApplyPhase.Staging, TemporaryNames.New(), [.. changes.Select((change, at) => new ApplyStep(change, $"{at}", null))]);
        journal.Save(files);
        var undo = new ApplyUndo(files, tree, steps);
        try
        {
            journal = Stage(journal);
            journal.Save(files);
            using var staging = OpenStaging(tree, journal);
            if (journal.Steps.Select(step => (step, why: Swap(staging, step))).FirstOrDefault(swapped => swapped.why is not null) is { why: { } why } failed)
            {
                undo.Run(journal);
                return new ApplyConflict(failed.step.Change.Path, why);
            }

            FlushParents(journal);
            steps.Reached("swapped");
            commit();
        }
        catch (IOException)
        {
            undo.Run(journal);
            throw;
        }

        (journal with { Phase = ApplyPhase.Done }).Save(files);
        return null;
    }

    /// <summary>Removes what went out of the tree; may be called again after a crash.</summary>
    public void Finish(ApplyJournal journal)
    {
        foreach (var step in journal.Steps)
        {
            steps.Reached($"clear {step.Name}");
            RemoveStaged(tree, journal, step);
        }

        steps.Reached("clear staging");
        RemoveStaging(tree, journal);
    }

    /// <summary>What the host has put there stays.</summary>
    public static void RemoveStaging(HostTree tree, ApplyJournal journal) => Check(
        "the staging directory cannot be removed",
        TreeCalls.RemoveDirectory(tree.Root, journal.Staging) is var error && error is Libc.NoEntry or Libc.NotEmpty ? 0 : error);

    public static DescriptorHandle OpenStaging(HostTree tree, ApplyJournal journal)
    {
        Check("the staging directory cannot be opened", tree.Folder.OpenDirectory(journal.Staging, out var staging));
        return staging;
    }

    public static void RemoveStaged(HostTree tree, ApplyJournal journal, ApplyStep step)
    {
        if (tree.Folder.OpenDirectory(journal.Staging, out var staging) != 0)
        {
            return;
        }

        using (staging)
        {
            var error = step.Change.Kind == ChangeKind.Directory ? TreeCalls.RemoveDirectory(staging, step.Name) : TreeCalls.RemoveFile(staging, step.Name);
            Check($"'{step.Name}' cannot be removed from the staging directory", error == Libc.NoEntry ? 0 : error);
        }
    }

    public static void Check(string what, int error)
    {
        if (error != 0)
        {
            throw ApplyException.Of(what, error);
        }
    }

    private ApplyJournal Stage(ApplyJournal journal)
    {
        steps.Reached("staging");
        var owner = tree.OwnerFor("");
        Check("a staging directory cannot be made in the folder", TreeCalls.CreateDirectory(tree.Root, journal.Staging, 0b111_000_000, owner));
        using var staging = OpenStaging(tree, journal);
        var staged = journal.Steps.Select(step =>
        {
            steps.Reached($"stage {step.Name}");
            return step with { New = Make(staging, step) };
        }).ToList();
        Check("the staging directory cannot be written to disk", TreeCalls.Flush(staging));
        steps.Reached("staged");
        return journal with { Phase = ApplyPhase.Swapping, Steps = staged };
    }

    private StagedFacts? Make(DescriptorHandle staging, ApplyStep step)
    {
        var change = step.Change;
        switch (change.Kind)
        {
            case ChangeKind.Directory:
                Check($"a directory for '{change.Path}' cannot be made", TreeCalls.CreateDirectory(staging, step.Name, change.Mode, tree.OwnerFor(change.Path)));
                return FactsOf(staging, step.Name);
            case ChangeKind.File:
                var content = files.Read(change.Blob!) ?? throw new ApplyException($"the content proposed for '{change.Path}' is missing");
                Check($"'{change.Path}' cannot be written", TreeCalls.CreateFile(staging, step.Name, content, change.Mode, tree.OwnerFor(change.Path), out _));
                return FactsOf(staging, step.Name);
            case ChangeKind.Link:
                var target = files.Read(change.Blob!) ?? throw new ApplyException($"the target proposed for '{change.Path}' is missing");
                Check($"'{change.Path}' cannot be linked", TreeCalls.CreateLink(staging, step.Name, target, tree.OwnerFor(change.Path)));
                return FactsOf(staging, step.Name);
            default:
                return null;
        }
    }

    private static StagedFacts FactsOf(DescriptorHandle directory, string name) =>
        StagedFactsOf(TreeCalls.Child(directory, name) ?? throw new ApplyException("a staged file is gone"));

    public static StagedFacts StagedFactsOf(in FileFacts facts) => new(facts.Inode, facts.IsDirectory ? 0 : facts.Size, facts.IsDirectory ? 0 : facts.ModifiedNanoseconds);

    /// <summary>One rename, and a look at what came out.</summary>
    private string? Swap(DescriptorHandle staging, ApplyStep step)
    {
        steps.Reached($"swap {step.Name}");
        var change = step.Change;
        var error = tree.Folder.OpenParent(change.Path, out var parent);
        using (parent)
        {
            var name = ChangeSet.NameOf(change.Path);
            var goesOut = change.BaseHash is not null;
            error = error != 0 ? error
                : change.Kind == ChangeKind.Delete ? TreeCalls.Move(parent, name, staging, step.Name)
                : goesOut ? TreeCalls.Swap(staging, step.Name, parent, name)
                : TreeCalls.Move(staging, step.Name, parent, name);
            if (error != 0)
            {
                return error switch
                {
                    TreeCalls.Exists => "a file has its name now",
                    Libc.NoEntry => "the file, or its directory, is gone",
                    _ => Libc.Message(error),
                };
            }

            return goesOut && (HostFolder.Look(staging, step.Name, out var old) != 0 || old.Hash != change.BaseHash || old.Mode != change.BaseMode)
                ? "the file was edited meanwhile"
                : null;
        }
    }

    private void FlushParents(ApplyJournal journal)
    {
        foreach (var path in journal.Steps.Select(step => ChangeSet.ParentOf(step.Change.Path)).Distinct(StringComparer.Ordinal))
        {
            Check($"'{path}' cannot be written to disk", tree.Folder.OpenDirectory(path, out var parent));
            using (parent)
            {
                Check($"'{path}' cannot be written to disk", TreeCalls.Flush(parent));
            }
        }
    }
}

internal sealed record ApplyConflict(string Path, string Why);

/// <summary>Told of every step just before it is taken.</summary>
internal sealed class ApplySteps(Action<string>? reached = null)
{
    public void Reached(string step) => reached?.Invoke(step);
}

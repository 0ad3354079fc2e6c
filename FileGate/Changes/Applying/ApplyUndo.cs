using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>Takes an apply back, from whatever point it reached. Running it again after a crash on the way gives the same.</summary>
/// <remarks>A file that the host has changed since it changed hands stays as the host left it; what it replaced is then put beside it.</remarks>
internal sealed class ApplyUndo(ChangeFiles files, HostTree tree, ApplySteps steps)
{
    private const string Aside = ".before-changes-";

    public void Run(ApplyJournal journal)
    {
        if (tree.Folder.OpenDirectory(journal.Staging, out var staging) == 0)
        {
            using (staging)
            {
                if (journal.Phase == ApplyPhase.Swapping)
                {
                    foreach (var step in journal.Steps.Reverse())
                    {
                        steps.Reached($"undo {step.Name}");
                        Undo(journal, staging, step);
                    }
                }

                foreach (var step in journal.Steps)
                {
                    steps.Reached($"drop {step.Name}");
                    ApplyTransaction.RemoveStaged(tree, journal, step);
                }
            }

            steps.Reached("drop staging");
            ApplyTransaction.RemoveStaging(tree, journal);
        }

        steps.Reached("forget");
        ApplyJournal.Delete(files);
    }

    private void Undo(ApplyJournal journal, DescriptorHandle staging, ApplyStep step)
    {
        if (tree.Folder.OpenParent(step.Change.Path, out var parent) != 0)
        {
            // A directory that this apply made, or one that the host has taken away since: what had come out of it is kept in the root.
            var isOld = TreeCalls.Child(staging, step.Name) is { } left && left.Inode != step.New?.Inode;
            ApplyTransaction.Check(
                $"'{step.Change.Path}' cannot be put back",
                isOld ? TreeCalls.Move(staging, step.Name, tree.Root, AsideOf(journal, ChangeSet.NameOf(step.Change.Path))) : 0);
            return;
        }

        using (parent)
        {
            var name = ChangeSet.NameOf(step.Change.Path);
            var error = step switch
            {
                { Change.Kind: ChangeKind.Directory, New: { } made } => UndoDirectory(parent, name, made),
                { New: { } made } => UndoFile(journal, staging, step, parent, name, made),
                _ => PutBack(journal, staging, step.Name, parent, name),
            };
            ApplyTransaction.Check($"'{step.Change.Path}' cannot be put back", error);
            ApplyTransaction.Check($"'{step.Change.Path}' cannot be put back", TreeCalls.Flush(parent));
        }
    }

    /// <summary>A directory into which the host has put something stays.</summary>
    private static int UndoDirectory(DescriptorHandle parent, string name, StagedFacts made)
    {
        if (TreeCalls.Child(parent, name) is not { } there || ApplyTransaction.StagedFactsOf(there) != made)
        {
            return 0;
        }

        var error = TreeCalls.RemoveDirectory(parent, name);
        return error == Libc.NotEmpty ? 0 : error;
    }

    private static int UndoFile(ApplyJournal journal, DescriptorHandle staging, ApplyStep step, DescriptorHandle parent, string name, StagedFacts made)
    {
        var inside = TreeCalls.Child(staging, step.Name);
        if (inside is { } still && still.Inode == made.Inode)
        {
            // It never left.
            return 0;
        }

        var isOurs = TreeCalls.Child(parent, name) is { } there && ApplyTransaction.StagedFactsOf(there) == made;
        return (isOurs, inside) switch
        {
            (true, null) => TreeCalls.Move(parent, name, staging, step.Name),
            (true, not null) => TreeCalls.Swap(staging, step.Name, parent, name),
            (false, null) => 0,
            (false, not null) => PutBack(journal, staging, step.Name, parent, name),
        };
    }

    private static int PutBack(ApplyJournal journal, DescriptorHandle staging, string staged, DescriptorHandle parent, string name)
    {
        if (TreeCalls.Child(staging, staged) is null)
        {
            return 0;
        }

        var error = TreeCalls.Move(staging, staged, parent, name);
        return error == TreeCalls.Exists
            ? TreeCalls.Move(staging, staged, parent, AsideOf(journal, name))
            : error;
    }

    private static string AsideOf(ApplyJournal journal, string name) => name + Aside + journal.Staging[^4..];
}

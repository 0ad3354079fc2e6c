using SecureAgent.Policy.Files;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>Which changes of a set are never applied together with others: those to what the host will later execute by itself.</summary>
internal static class HeldChanges
{
    /// <param name="folder">Null when it cannot be opened: what only content tells is then held.</param>
    public static IReadOnlyDictionary<string, HandoffTrap> Of(ChangeSet set, HostFolder? folder)
    {
        var changes = set.All();
        var held = new Dictionary<string, HandoffTrap>(StringComparer.Ordinal);
        foreach (var change in changes)
        {
            if (HandoffGuard.Judge(Facts(set, change, folder)) is var trap && trap != HandoffTrap.None)
            {
                held[change.Path] = trap;
            }
        }

        // A file that moves is one change in two halves: without the half that is held, the other would only delete. A copy's halves are told by their content.
        var parts = changes.Where(change => change.Kind is ChangeKind.File or ChangeKind.Link && held.ContainsKey(change.Path)).ToList();
        var (byOrigin, byContent) = (parts.ToLookup(part => part.From, part => held[part.Path]), parts.ToLookup(part => part.Hash, part => held[part.Path]));
        foreach (var change in changes.Where(change => change.Kind == ChangeKind.Delete && !held.ContainsKey(change.Path)))
        {
            if (byOrigin[change.Path].Concat(byContent[change.BaseHash]).FirstOrDefault() is var trap && trap != HandoffTrap.None)
            {
                held[change.Path] = trap;
            }
        }

        return held;
    }

    /// <summary>A directory that is held keeps what is proposed in it.</summary>
    public static bool IsBelowHeld(string path, IReadOnlyDictionary<string, HandoffTrap> held)
    {
        for (var parent = ChangeSet.ParentOf(path); parent.Length > 0; parent = ChangeSet.ParentOf(parent))
        {
            if (held.ContainsKey(parent))
            {
                return true;
            }
        }

        return false;
    }

    private static HandoffChange Facts(ChangeSet set, StagedChange change, HostFolder? folder)
    {
        if (change.Kind == ChangeKind.Directory)
        {
            return new HandoffChange(change.Path, null, null, false, default, default);
        }

        var needsContent = HandoffGuard.NeedsContent(change.Path);
        ReadOnlyMemory<byte> before = default;
        if (needsContent && change.BaseHash is not null && (folder is null || folder.Read(change.Path, out before) != 0))
        {
            // No JSON and a section's beginning: the guard cannot see that nothing executable changed.
            before = "["u8.ToArray();
        }

        var after = needsContent && change.Blob is { } blob ? set.Files.Read(blob) ?? [] : [];
        return new HandoffChange(change.Path, change.BaseMode, change.Kind == ChangeKind.Delete ? null : change.Mode, change.Kind == ChangeKind.Link, before, after);
    }
}

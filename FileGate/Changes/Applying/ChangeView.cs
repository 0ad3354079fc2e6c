using System.Text;
using System.Text.Unicode;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.FileGate.Editing;
using SecureAgent.Policy.Files;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>A set and its changes as the operator is shown them.</summary>
internal static class ChangeView
{
    /// <summary>Characters of one difference that are shown.</summary>
    private const int MaxDiff = 1 << 20;

    public static Contracts.Changes.V1.ChangeSet Of(ChangeSet set)
    {
        var document = set.Document;
        using var tree = HostTree.Open(document.Root, document.Device, document.Inode);
        return new Contracts.Changes.V1.ChangeSet
        {
            Id = set.Id, Profile = document.Profile, Root = document.Root, CreatedUnixMs = document.CreatedUnixMs,
            Changes = document.Changes.Count, Bytes = document.Changes.Sum(change => change.Size), Held = HeldChanges.Of(set, tree?.Folder).Count,
        };
    }

    public static Change Of(ChangeSet set, StagedChange change, HostFolder? folder, HandoffTrap held, IReadOnlySet<string> directories)
    {
        var view = new Change
        {
            Path = change.Path, Verb = change.Verb, Held = held.Word(), OldMode = change.BaseMode ?? -1, Size = change.Size,
            NewMode = change.Kind == ChangeKind.Delete ? -1 : change.Mode,
            Conflict = folder is null ? "the folder is gone, or another one has its name" : ConflictCheck.Of(folder, change, directories) ?? "",
        };
        if (change.Kind == ChangeKind.Directory)
        {
            return view;
        }

        ReadOnlyMemory<byte> before = default;
        var unread = change.BaseHash is not null && (folder is null || folder.Read(change.Path, out before) != 0);
        var content = change.Blob is { } blob ? set.Files.Read(blob) ?? [] : [];
        byte[] after = change.Kind == ChangeKind.Link ? [.. "symbolic link to "u8, .. content, (byte)'\n'] : content;
        if (unread || !IsText(before.Span) || !IsText(after))
        {
            view.Binary = true;
            return view;
        }

        var diff = UnifiedDiff.Of(change.Path, Encoding.UTF8.GetString(before.Span), Encoding.UTF8.GetString(after));
        view.DiffCut = diff.Length > MaxDiff;
        view.Diff = view.DiffCut ? diff[..MaxDiff] : diff;
        return view;
    }

    private static bool IsText(ReadOnlySpan<byte> content) => !content.Contains((byte)0) && Utf8.IsValid(content);
}

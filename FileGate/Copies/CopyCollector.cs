using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Native;
using SecureAgent.Policy;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Copies;

/// <summary>How many changes a copy came back with, and how many were refused.</summary>
internal readonly record struct CopyOutcome(int Changes, int Refused);

/// <summary>
/// Turns what a session did to its copy into a change set, when nothing of its sandbox runs any more. Every difference is decided as a proposal is.
/// </summary>
internal sealed class CopyCollector(ChangeStore store, DecisionRecorder recorder, WaitingChanges waiting, IOptions<FileGateOptions> options)
{
    public CopyOutcome Collect(PrivateCopy copy)
    {
        var error = Libc.Open(null, copy.Directory, OpenFlags.ForRoot, resolve: 0, out var root);
        using (root)
        {
            if (error != 0)
            {
                throw ApplyException.Of("the copy cannot be opened", error);
            }

            var sets = copy.Session.Mounts.ToDictionary(mount => mount.Name, mount => store.Open(copy.Session.Context, mount), StringComparer.Ordinal);
            var collection = new CopyCollection(copy, sets, root, recorder, options.Value);
            collection.Run();
            foreach (var set in sets.Values)
            {
                lock (set.Turn)
                {
                    set.PutAll([.. collection.Staged.Where(staged => staged.Set == set).Select(staged => staged.Change)]);
                }
            }

            waiting.Record(copy.Session.Context.Id, sets.Values);
            foreach (var set in sets.Values)
            {
                store.Close(set.Id);
            }

            return new CopyOutcome(collection.Staged.Count, collection.Refused);
        }
    }
}

/// <summary>One pass over one copy.</summary>
/// <param name="sets">By the names of the roots.</param>
internal sealed class CopyCollection(PrivateCopy copy, IReadOnlyDictionary<string, ChangeSet> sets, DescriptorHandle root, DecisionRecorder recorder, FileGateOptions options)
{
    /// <summary>Refusals that have a record each; the rest are counted in one.</summary>
    private const int MaxRefusals = 200;

    private readonly List<string> unread = [];
    private readonly HashSet<string> newDirectories = new(StringComparer.Ordinal);
    private long stagedBytes;

    public List<(ChangeSet Set, StagedChange Change)> Staged { get; } = [];

    public int Refused { get; private set; }

    public void Run()
    {
        var tree = new Dictionary<string, FileFacts>(StringComparer.Ordinal);
        foreach (var (path, facts, isUnread) in CopyTree.Walk(root, copy.MaxEntries))
        {
            if (path.Length == 0)
            {
                // Not all of it was seen: what is missing cannot be told from what was deleted.
                Refuse("", Decision.Deny(ReasonCode.BudgetExceeded));
                return;
            }

            if (isUnread)
            {
                unread.Add(path);
                Refuse(path, Decision.Deny(ReasonCode.GateUnavailable));
                continue;
            }

            tree[path] = facts;
        }

        // What the host has comes first: it must not be crowded out by what was built.
        foreach (var (path, was) in copy.Files.OrderBy(file => file.Key, StringComparer.Ordinal))
        {
            Compare(path, was, tree.TryGetValue(path, out var now) ? now : null);
        }

        // Directories are neither removed nor replaced; that one is gone is told all the same.
        foreach (var path in copy.Directories.Where(path => !IsUnread(path) && !(tree.TryGetValue(path, out var now) && now.IsDirectory)).Order(StringComparer.Ordinal))
        {
            Refuse(path, Decision.Deny(ReasonCode.NotRegularFile));
        }

        foreach (var (path, facts) in tree.OrderBy(entry => entry.Key, StringComparer.Ordinal).Where(entry => !copy.Files.ContainsKey(entry.Key) && !copy.Directories.Contains(entry.Key)))
        {
            Add(path, facts);
        }

        if (Refused > MaxRefusals)
        {
            Record("", Decision.Deny(ReasonCode.BudgetExceeded), AuditFact.Of("refused", Refused));
        }
    }

    /// <summary>Whether a path lies in a directory of the copy that could not be read: what is missing there need not be gone.</summary>
    private bool IsUnread(string path) => unread.Any(directory => path.StartsWith(directory + "/", StringComparison.Ordinal));

    private void Compare(string path, CopiedFile was, FileFacts? now)
    {
        if (now is null && IsUnread(path))
        {
            return;
        }

        if (now is not { } facts)
        {
            Stage(path, Change(path, was, ChangeKind.Delete, 0, []), was);
        }
        else if (facts.Kind == FileKind.Link)
        {
            StageLink(path, was);
        }
        else if (!facts.IsRegular)
        {
            Refuse(path, Decision.Deny(ReasonCode.NotRegularFile));
        }
        else if (facts.AsVersion() != was.Facts.AsVersion())
        {
            var mode = (facts.Mode & 0xFFF) == PrivateCopy.ModeOf(was.HostMode) ? was.HostMode : facts.Mode & 0b111_111_111;
            StageFile(path, facts, mode, was);
        }
    }

    private void Add(string path, FileFacts facts)
    {
        var parent = ChangeSet.ParentOf(path);
        if (parent.Length > 0 && !copy.Directories.Contains(parent) && !newDirectories.Contains(parent))
        {
            Refuse(path, Decision.Deny(ReasonCode.NoRule));
        }
        else if (facts.IsDirectory)
        {
            if (Stage(path, new StagedChange(path, ChangeKind.Directory, null, null, 0b111_101_101, null, 0, null), null))
            {
                newDirectories.Add(path);
            }
        }
        else if (facts.Kind == FileKind.Link)
        {
            StageLink(path, null);
        }
        else if (facts.IsRegular)
        {
            // The sandbox's umask is not the operator's: of the mode of a new file only "executable" means something.
            StageFile(path, facts, (facts.Mode & 0b001_001_001) != 0 ? 0b111_101_101 : HostFolder.NewFileMode, null);
        }
        else
        {
            Refuse(path, Decision.Deny(ReasonCode.NotRegularFile));
        }
    }

    private void StageFile(string path, FileFacts facts, int mode, CopiedFile? was)
    {
        var most = ChangeRight.Of(copy.Session, path, default).Grant?.MaxFileBytes ?? 0;
        if (facts.Links > 1 || facts.Size > Math.Min(most, options.MaxChangeBytes))
        {
            // A path without a grant is refused as such, not for its size.
            Refuse(path, most == 0 ? ChangeRight.Of(copy.Session, path, default).Decision : Decision.Deny(facts.Links > 1 ? ReasonCode.HardLinked : ReasonCode.FileTooLarge));
            return;
        }

        if (new HostFolder(root).Read(path, out var content) != 0)
        {
            Refuse(path, Decision.Deny(ReasonCode.GateUnavailable));
            return;
        }

        if (ChangeRight.Of(copy.Session, path, default).Grant is { } grant && FileHandlePolicy.DecideType(grant, FileChanger.Head(content.Span)) is { IsAllowed: false } typed)
        {
            Refuse(path, typed);
            return;
        }

        var change = Change(path, was, ChangeKind.File, mode, content.Span);
        if (was is null || change.Hash != was.CopyHash || mode != was.HostMode)
        {
            Stage(path, change, was, content);
        }
    }

    private void StageLink(string path, CopiedFile? was)
    {
        if (CopyLinks.Read(root, path) is not { } target)
        {
            Refuse(path, Decision.Deny(ReasonCode.NotRegularFile));
            return;
        }

        Stage(path, Change(path, was, ChangeKind.Link, 0b111_111_111, target), was, target);
    }

    private static StagedChange Change(string path, CopiedFile? was, ChangeKind kind, int mode, ReadOnlySpan<byte> content) => new(
        path, kind, was?.HostHash, was?.HostMode, mode, null, content.Length,
        kind is ChangeKind.File or ChangeKind.Link ? Convert.ToHexStringLower(SHA256.HashData(content)) : null);

    private bool Stage(string path, StagedChange change, CopiedFile? was, ReadOnlyMemory<byte> content = default)
    {
        var right = ChangeRight.Of(copy.Session, path, default);
        if (right.Grant is not { } grant)
        {
            return Refuse(path, right.Decision);
        }

        if (was is { Masked: > 0 } && change.Kind != ChangeKind.Delete)
        {
            // Its secrets are stars in the copy; written back they would be lost.
            return Refuse(path, Decision.Deny(ReasonCode.SecretFound, grant.Rule));
        }

        if (Staged.Count >= options.MaxProposals || stagedBytes + change.Size > options.MaxProposedBytes)
        {
            return Refuse(path, Decision.Deny(ReasonCode.BudgetExceeded, grant.Rule));
        }

        var taken = copy.Session.BudgetOf(grant).Take(path, change.Size);
        if (!taken.IsAllowed)
        {
            return Refuse(path, taken);
        }

        var recorded = recorder.Record(
            copy.Session, FileOperations.Propose, path, right.Decision,
            AuditFact.Of("change", change.Verb), AuditFact.Of("bytes", change.Size), AuditFact.Of("sha256", change.Hash));
        if (!recorded.IsAllowed)
        {
            return Refuse(path, recorded);
        }

        var set = sets[copy.Session.Resolve(path, out var inner).Name];
        var placed = change with { Path = inner };
        Staged.Add((set, content.IsEmpty && change.Kind != ChangeKind.File ? placed : placed with { Blob = set.StoreContent(content.Span) }));
        stagedBytes += change.Size;
        return true;
    }

    private bool Refuse(string path, Decision decision)
    {
        if (++Refused <= MaxRefusals)
        {
            Record(path, decision);
        }

        return false;
    }

    private void Record(string path, Decision decision, params AuditFact[] facts) => recorder.Record(copy.Session, FileOperations.Propose, path, decision, facts);
}

using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Changes;

/// <summary>A change that was made or proposed.</summary>
/// <param name="Etag">Of the file as the session reads it now; null when there is none.</param>
internal sealed record ChangeOutcome(string Path, bool IsProposed, bool IsNew, string? Etag);

/// <summary>What the client knows of the file it changes.</summary>
/// <param name="IsCurrent">Whether the etag, null when there is none, is of what it read; null when it did not say.</param>
/// <param name="IsUnwanted">Whether the etag is of what must not be replaced; null when it did not say.</param>
/// <param name="Version">What it was made on; null for any.</param>
/// <param name="MustBeNew">Nothing may be there.</param>
/// <param name="Directly">No proposal will do.</param>
/// <param name="IsApproved">The operator has said yes to this change: it needs no more than that its paths may be read.</param>
/// <param name="OnlyCheck">Say whether it could be done, and do nothing.</param>
internal readonly record struct ChangeTerms(
    Func<string?, bool>? IsCurrent = null, Func<string?, bool>? IsUnwanted = null, FileFacts? Version = null, bool MustBeNew = false, bool Directly = false, bool IsApproved = false, bool OnlyCheck = false)
{
    /// <summary>Something has to be there.</summary>
    public bool NamesVersion => IsCurrent is not null || Version is not null;
}

/// <summary>
/// Changes for every surface. The order is that of a read: the path against the policy, the target by its handle, limits and budget, the audit
/// record, and only then the change, in the folder (<c>access: write</c>) or over it (<c>access: propose</c>).
/// </summary>
internal sealed class FileChanger(DecisionRecorder recorder, ContentTags tags, IOptions<FileGateOptions> options)
{
    public Answer<ChangeOutcome> Write(FileSession session, string path, ReadOnlyMemory<byte> content, ChangeTerms terms) => OfFile(
        session, path, terms, content.Length,
        (grant, _) => content.Length > Limit(grant) ? ReasonCode.FileTooLarge
            : FileHandlePolicy.DecideType(grant, Head(content.Span)) is { IsAllowed: false } typed ? typed.Reason : null,
        (right, before) => Act(
            session, path, right, terms, before is null ? "create" : "edit", content.Length, Convert.ToHexStringLower(SHA256.HashData(content.Span)), before is null,
            () => Do(session, path, right, (folder, inner) => folder.Write(inner, before, content.Span),
                (changes, inner, host) => changes.PutFile(inner, host, before?.Mode ?? HostFolder.NewFileMode, content.Span))));

    public Answer<ChangeOutcome> Delete(FileSession session, string path, ChangeTerms terms) => OfFile(
        session, path, terms, 0, (_, before) => before is null ? ReasonCode.NotFound : null,
        (right, before) => Act(
            session, path, right, terms, "delete", 0, null, isNew: false,
            () => Do(session, path, right, (folder, inner) => folder.Delete(inner, before!.Value), (changes, inner, host) => changes.PutDelete(inner, host))));

    /// <summary>A file's permission bits; its content stays. What the host would run because of them is held for the operator when it is a proposal.</summary>
    /// <param name="mode">0 to 0777 (octal).</param>
    public Answer<ChangeOutcome> SetMode(FileSession session, string path, int mode, ChangeTerms terms) => OfFile(
        session, path, terms, null,
        (grant, before) => (mode & ~HostFolder.Permissions) != 0 ? ReasonCode.RequestMalformed
            : before is null ? ReasonCode.NotFound
            : before.Value.Size > Limit(grant) ? ReasonCode.FileTooLarge : null,
        (right, before) => Act(session, path, right, terms, "mode", 0, null, isNew: false, () =>
        {
            var error = FileAuthority.ReadAll(session, path, before!.Value, out var content);
            return error != 0 ? error
                : Do(session, path, right, (folder, inner) => folder.Write(inner, before, content, mode), (changes, inner, host) => changes.PutFile(inner, host, mode, content));
        }));

    /// <summary>A change of one file: its right, its target, and whatever is asked of both, in the turn of its root's changes.</summary>
    /// <param name="room">Bytes a proposal takes; null for as many as the file has.</param>
    private Answer<ChangeOutcome> OfFile(
        FileSession session, string path, ChangeTerms terms, long? room, Func<FileGrant, FileFacts?, ReasonCode?> judge, Func<ChangeRight, FileFacts?, Answer<ChangeOutcome>> act)
    {
        lock (session.MountOf(path).Changes.Turn)
        {
            var right = ChangeRight.Of(session, path, terms);
            if (right.Grant is not { } grant)
            {
                return Refuse(session, path, right.Decision);
            }

            var fault = Target(session, path, grant, terms, out var before) ?? judge(grant, before);
            fault ??= right.IsProposed ? Room(session, room ?? before?.Size ?? 0) : null;
            return fault is { } reason ? Refuse(session, path, Decision.Deny(reason, grant.Rule)) : act(right, before);
        }
    }

    private static int Do(FileSession session, string path, ChangeRight right, Func<HostFolder, string, int> directly, Action<ChangeSet, string, HostState> propose)
    {
        var mount = session.Resolve(path, out var inner);
        if (!right.IsProposed)
        {
            return directly(mount.Folder, inner);
        }

        var error = HostOf(session, path, out var host);
        if (error == 0)
        {
            propose(mount.Changes, inner, host);
        }

        return error;
    }

    private long Limit(FileGrant grant) => Math.Min(grant.MaxFileBytes, options.Value.MaxChangeBytes);

    /// <summary>With every missing directory above it, each decided by itself.</summary>
    public Answer<ChangeOutcome> CreateDirectory(FileSession session, string path, ChangeTerms terms)
    {
        lock (session.MountOf(path).Changes.Turn)
        {
            Answer<ChangeOutcome> answer = default;
            for (var end = path.IndexOf('/', StringComparison.Ordinal); ; end = path.IndexOf('/', end + 1))
            {
                var isLast = end < 0;
                var part = isLast ? path : path[..end];
                var opened = FileAuthority.OpenDirectory(session, part);
                opened.Dispose();
                if (opened.Handle is null || isLast)
                {
                    answer = CreateOne(session, part, terms);
                    if (answer.Refusal is not null || isLast)
                    {
                        return answer;
                    }
                }
            }
        }
    }

    /// <summary>Files only. The new name must be free, and must not show more of the file's secrets than the old one.</summary>
    public Answer<ChangeOutcome> Move(FileSession session, string from, string to, ChangeTerms terms)
    {
        var mount = session.Resolve(from, out var inner);
        lock (mount.Changes.Turn)
        {
            var (source, target) = (ChangeRight.Of(session, from, terms), ChangeRight.Of(session, to, terms));
            if (source.Grant is not { } grant)
            {
                return Refuse(session, from, source.Decision);
            }

            if (target.Grant is not { } targetGrant)
            {
                return Refuse(session, to, target.Decision);
            }

            // What may be read here only by its type must not come to where any type may be read, nor the other way round.
            if (mount != session.MountOf(to) || targetGrant.Types != grant.Types || source.IsProposed != target.IsProposed || ChangeRight.Secrecy(session, to) < ChangeRight.Secrecy(session, from))
            {
                return Refuse(session, to, Decision.Deny(ReasonCode.AccessNotGranted, targetGrant.Rule));
            }

            var fault = Target(session, to, targetGrant, new ChangeTerms(MustBeNew: true), out _);
            if (fault is not null)
            {
                return Refuse(session, to, Decision.Deny(fault.Value, targetGrant.Rule));
            }

            fault = Target(session, from, grant, terms, out var before);
            fault ??= before is null ? ReasonCode.NotFound : null;
            fault ??= before!.Value.Size > Limit(targetGrant) ? ReasonCode.FileTooLarge : null;
            fault ??= source.IsProposed ? Room(session, before!.Value.Size) : null;
            if (fault is not null)
            {
                return Refuse(session, from, Decision.Deny(fault.Value, grant.Rule));
            }

            var moved = before!.Value;
            var recorded = terms.OnlyCheck ? null : Record(session, from, source, "move", 0, null, AuditFact.Of("to", to));
            return recorded is not null
                ? recorded
                : Act(session, to, target, terms, "move", moved.Size, null, isNew: true, () => source.IsProposed ? Restage(session, from, to, moved) : mount.Folder.Move(inner, Inner(session, to), moved));
        }
    }

    /// <summary>Records a request that asks for no change.</summary>
    public Answer<ChangeOutcome> Malformed(FileSession session, string path) => Refuse(session, path, Decision.Deny(ReasonCode.RequestMalformed));

    private Answer<ChangeOutcome> CreateOne(FileSession session, string path, ChangeTerms terms)
    {
        var right = ChangeRight.Of(session, path, terms);
        if (right.Grant is not { } grant)
        {
            return Refuse(session, path, right.Decision);
        }

        var error = FileAuthority.Look(session, path, out var facts);
        if (error == 0)
        {
            return facts.IsDirectory
                ? new ChangeOutcome(path, right.IsProposed, false, null)
                : Refuse(session, path, Decision.Deny(ReasonCode.ChangeConflict, grant.Rule));
        }

        // The folder still has the file that the session proposes to delete: one name cannot be both in one set.
        var isTaken = right.IsProposed && session.Resolve(path, out var name).Changes.Find(name) is not null;
        var fault = error != Libc.NoEntry ? FileAuthority.ReasonOf(error) : isTaken ? ReasonCode.ChangeConflict : right.IsProposed ? Room(session, 0) : null;
        return fault is not null
            ? Refuse(session, path, Decision.Deny(fault.Value, grant.Rule))
            : Act(session, path, right, terms, "directory", 0, null, isNew: true, () =>
            {
                var mount = session.Resolve(path, out var inner);
                if (!right.IsProposed)
                {
                    return mount.Folder.CreateDirectory(inner);
                }

                mount.Changes.PutDirectory(inner);
                return 0;
            });
    }

    /// <summary>What is there, judged as a file that may be changed; a reason when it may not.</summary>
    private ReasonCode? Target(FileSession session, string path, FileGrant grant, ChangeTerms terms, out FileFacts? before)
    {
        before = null;
        var error = FileAuthority.Look(session, path, out var facts);
        if (error == Libc.NoEntry)
        {
            error = FileAuthority.Look(session, ChangeSet.ParentOf(path), out var parent);
            return error != 0 ? FileAuthority.ReasonOf(error) : !parent.IsDirectory ? ReasonCode.NotFound : terms.NamesVersion ? ReasonCode.ChangeConflict : null;
        }

        if (error != 0)
        {
            return FileAuthority.ReasonOf(error);
        }

        var judged = FileHandlePolicy.Decide(grant, facts.IsRegular, facts.Links, size: 0);
        if (!judged.IsAllowed)
        {
            return judged.Reason;
        }

        before = facts;
        if (terms.MustBeNew || (terms.Version is { } version && version.AsVersion() != facts.AsVersion()))
        {
            return ReasonCode.ChangeConflict;
        }

        // What has no etag is neither known to be what is wanted nor not to be what is not.
        return (terms.IsCurrent ?? terms.IsUnwanted) is not null && tags.Of(session, path, facts) is var etag
            && (terms.IsCurrent?.Invoke(etag) == false || (terms.IsUnwanted is { } isUnwanted && (etag is null || isUnwanted(etag)))) ? ReasonCode.ChangeConflict : null;
    }

    /// <summary>Whether the change set may grow.</summary>
    private ReasonCode? Room(FileSession session, long bytes)
    {
        var all = session.Mounts.SelectMany(mount => mount.Changes.All()).ToList();
        return all.Count >= options.Value.MaxProposals || all.Sum(change => change.Size) + bytes > options.Value.MaxProposedBytes ? ReasonCode.BudgetExceeded : null;
    }

    public static ReadOnlySpan<byte> Head(ReadOnlySpan<byte> content) => content[..Math.Min(content.Length, ContentType.HeadBytes)];

    private static string Inner(FileSession session, string path)
    {
        session.Resolve(path, out var inner);
        return inner;
    }

    private static int HostOf(FileSession session, string path, out HostState host)
    {
        host = default;
        var mount = session.Resolve(path, out var inner);
        return mount.Changes.Find(inner) is null ? mount.Folder.Look(inner, out host) : 0;
    }

    private static int Restage(FileSession session, string from, string to, FileFacts moved)
    {
        var error = FileAuthority.ReadAll(session, from, moved, out var content);
        error = error != 0 ? error : HostOf(session, to, out _);
        HostState source = default, target = default;
        error = error != 0 ? error : HostOf(session, from, out source);
        error = error != 0 ? error : HostOf(session, to, out target);
        if (error == 0)
        {
            var changes = session.Resolve(from, out var inner).Changes;
            changes.PutFile(Inner(session, to), target, moved.Mode & 0b111_111_111, content, changes.Find(inner)?.From ?? inner);
            changes.PutDelete(inner, source);
        }

        return error;
    }

    private Answer<ChangeOutcome> Act(
        FileSession session, string path, ChangeRight right, ChangeTerms terms, string verb, long bytes, string? hash, bool isNew, Func<int> change)
    {
        if (terms.OnlyCheck)
        {
            return new ChangeOutcome(path, right.IsProposed, isNew, null);
        }

        var budget = session.BudgetOf(right.Grant!);
        var taken = budget.Take(path, bytes);
        if (!taken.IsAllowed)
        {
            return Refuse(session, path, taken);
        }

        if (Record(session, path, right, verb, bytes, hash) is { } refusal)
        {
            budget.Return(bytes);
            return refusal;
        }

        int error;
        try
        {
            error = change();
        }
        catch (IOException)
        {
            // The set could not be put on disk; the record below says that nothing came of it.
            error = Libc.InputOutput;
        }
        catch (ObjectDisposedException)
        {
            error = Libc.Closed;
        }

        if (error == 0)
        {
            error = FileAuthority.Look(session, path, out var now) is var looked && looked is 0 or Libc.NoEntry ? 0 : looked;
            return new ChangeOutcome(path, right.IsProposed, isNew, error == 0 ? tags.Of(session, path, now) : null);
        }

        budget.Return(bytes);
        return Refuse(session, path, Decision.Deny(
            FileAuthority.ReasonOf(error), right.Grant!.Rule));
    }

    private Refusal? Record(FileSession session, string path, ChangeRight right, string verb, long bytes, string? hash, params AuditFact[] more)
    {
        var decision = recorder.Record(
            session, right.IsProposed ? FileOperations.Propose : FileOperations.Write, path, right.Decision,
            [AuditFact.Of("change", verb), AuditFact.Of("bytes", bytes), AuditFact.Of("sha256", hash), .. more]);
        return decision.IsAllowed ? null : Refusal.Of(session, path, decision);
    }

    private Refusal Refuse(FileSession session, string path, Decision decision) => recorder.Refuse(session, FileOperations.Write, path, decision);
}

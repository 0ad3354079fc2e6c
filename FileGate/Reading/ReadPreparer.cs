using System.Security.Cryptography;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Reading;

/// <summary>Decides what of an open file leaves, takes the budget and writes the record.</summary>
internal sealed class ReadPreparer(DecisionRecorder recorder, ContentTags tags, ReadDelivery delivery)
{
    public Answer<PreparedRead> Prepare(ReadLease lease, string path, in ReadTerms terms, CancellationToken cancellationToken)
    {
        lease.Opened = FileAuthority.OpenFile(lease.Session, path);
        return Prepare(lease, path, terms, atOnce: false, cancellationToken) ?? default;
    }

    /// <returns>Null only when <paramref name="atOnce"/>.</returns>
    public Answer<PreparedRead>? Prepare(ReadLease lease, string path, in ReadTerms terms, bool atOnce, CancellationToken cancellationToken)
    {
        if (lease.Opened is not { Handle: { } file, Grant: { } grant } opened)
        {
            return recorder.Refuse(lease.Session, FileOperations.Read, path, lease.Opened.Decision);
        }

        lease.Content = new FileContent(file, opened.Facts.Size, grant.Redact) { AtOnce = atOnce };
        return terms is { Range: null, HeadersOnly: false } && opened.Facts.Size <= Math.Min(FileReader.ChunkBytes, terms.MaxBytes ?? FileReader.ChunkBytes)
            ? PrepareShort(lease, path, terms)
            : PrepareOther(lease, path, terms, cancellationToken);
    }

    /// <summary>All of a file of one chunk: its etag is the hash of what leaves.</summary>
    private Answer<PreparedRead>? PrepareShort(ReadLease lease, string path, in ReadTerms terms)
    {
        if (Take(lease, path, (0, lease.Opened.Facts.Size), out var first) is not { IsDone: true } taken)
        {
            return null;
        }

        if (taken.Refusal is { } refusal)
        {
            return refusal;
        }

        var hash = HashOf(lease, first);
        if (terms.IsExpected?.Invoke(hash) == false)
        {
            return Conflict(lease, path);
        }

        var read = new PreparedRead(lease, delivery, path, (0, first.Length), first) { Etag = hash };
        return terms.IsCurrent?.Invoke(hash) == true ? Describe(read with { HeadersOnly = true, NotModified = true }) : Release(read, hash);
    }

    /// <summary>A part of a file, a large one, or only what is told of it.</summary>
    private Answer<PreparedRead>? PrepareOther(ReadLease lease, string path, in ReadTerms terms, CancellationToken cancellationToken)
    {
        var (session, opened, content, began) = (lease.Session, lease.Opened, lease.Content!, tags.Now);
        var etag = terms.IsTagged && !content.AtOnce ? tags.Of(opened, cancellationToken) : tags.Find(opened);
        if (content.AtOnce && etag is null)
        {
            return null;
        }

        // The conditions before the range, and it only of what they let through (RFC 9110 §13.2.2).
        if (terms.IsExpected?.Invoke(etag) == false)
        {
            return Conflict(lease, path);
        }

        var read = new PreparedRead(lease, delivery, path, (0, opened.Facts.Size), First: default) { Etag = etag, Began = began };
        var isKnown = terms.IsCurrent?.Invoke(etag) == true;
        if (isKnown || terms.HeadersOnly)
        {
            return Describe(read with { HeadersOnly = true, NotModified = isKnown });
        }

        var range = terms.Range is { OnlyOf: { } version } && version != etag ? null : terms.Range;
        if ((range is { } asked ? asked.Within(opened.Facts.Size) : (0, opened.Facts.Size)) is not { } slice)
        {
            return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.RangeInvalid, opened.Grant!.Rule)) with { Size = opened.Facts.Size };
        }

        if (slice.Length > terms.MaxBytes)
        {
            return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.FileTooLarge, opened.Grant!.Rule));
        }

        read = read with { Slice = slice, IsPartial = range is not null };
        if (read.IsStreamed)
        {
            return content.BlocksSecrets && (content.HasSecret(slice, lease.Buffer.Span) ?? true)
                ? recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.SecretFound, opened.Grant!.Rule))
                : Release(read, hash: null);
        }

        if (Take(lease, path, slice, out var first) is not { IsDone: true } taken)
        {
            return null;
        }

        if (taken.Refusal is { } refusal)
        {
            return refusal;
        }

        read = read with { Slice = (slice.Offset, first.Length), First = first };
        if (etag is not null && !ContentTags.IsUnchanged(opened))
        {
            // It may be a part of other content than the etag is of.
            if (terms.IsExpected is not null)
            {
                return Conflict(lease, path);
            }

            if (range is { OnlyOf: not null })
            {
                opened.Dispose();
                return content.AtOnce ? (Answer<PreparedRead>?)null : Prepare(lease, path, terms with { Range = null }, cancellationToken);
            }

            read.Etag = null;
        }

        return Release(read, HashOf(lease, first));
    }

    /// <summary>The bytes of a slice of at most one chunk, as they may leave.</summary>
    /// <returns>Not done when it would have to wait and was not to.</returns>
    private (bool IsDone, Refusal? Refusal) Take(ReadLease lease, string path, (long Offset, long Length) slice, out ReadOnlyMemory<byte> first)
    {
        var (content, grant) = (lease.Content!, lease.Opened.Grant!);
        first = default;
        var read = content.Read(lease.Buffer.Span[..(int)slice.Length], slice.Offset, slice.Offset, out var error);
        if (read < 0 && content.AtOnce && error == Libc.TryAgain)
        {
            return (false, null);
        }

        if (read < 0)
        {
            return (true, recorder.Refuse(lease.Session, FileOperations.Read, path, FileAuthority.ReadFailed(error, grant)));
        }

        first = lease.Buffer[..read];
        return content.BlocksSecrets && content.Masked > 0
            ? (true, recorder.Refuse(lease.Session, FileOperations.Read, path, Decision.Deny(ReasonCode.SecretFound, grant.Rule)))
            : (true, null);
    }

    private static string HashOf(ReadLease lease, ReadOnlyMemory<byte> first) => ContentTags.Write(lease.Content!.Hash ?? SHA256.HashData(first.Span));

    private Refusal Conflict(ReadLease lease, string path) =>
        recorder.Refuse(lease.Session, FileOperations.Read, path, Decision.Deny(ReasonCode.ChangeConflict, lease.Opened.Grant!.Rule));

    private Answer<PreparedRead> Describe(PreparedRead read)
    {
        var session = read.Lease.Session;
        var told = recorder.Record(
            session, FileOperations.Stat, read.Path, read.Lease.Opened.Decision, AuditFact.Of("etag", read.Etag), AuditFact.Of("notModified", read.NotModified));
        return told.IsAllowed ? read : Refusal.Of(session, read.Path, told);
    }

    /// <param name="hash">Of what leaves, where it is one chunk.</param>
    private Answer<PreparedRead> Release(PreparedRead read, string? hash)
    {
        var (session, opened, length) = (read.Lease.Session, read.Lease.Opened, read.Slice.Length);
        var budget = session.BudgetOf(opened.Grant!);
        var taken = budget.Take(read.Path, length);
        if (!taken.IsAllowed)
        {
            return recorder.Refuse(session, FileOperations.Read, read.Path, taken);
        }

        List<AuditFact> facts =
        [
            AuditFact.Of("bytes", length), AuditFact.Of("offset", read.Slice.Offset), AuditFact.Of("size", opened.Facts.Size), AuditFact.Of("etag", read.Etag),
        ];
        if (hash is not null)
        {
            facts.Add(AuditFact.Of("sha256", hash));
            facts.Add(AuditFact.Of("masked", read.Lease.Content!.Masked));
        }

        var recorded = recorder.Record(session, FileOperations.Read, read.Path, opened.Decision, facts);
        if (!recorded.IsAllowed)
        {
            budget.Return(length);
            return Refusal.Of(session, read.Path, recorded);
        }

        return read;
    }
}

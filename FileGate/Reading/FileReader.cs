using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Reading;

/// <summary>
/// Reads for every surface: decide, take the budget, write the record, and only then hand out a <see cref="PreparedRead"/> with bytes.
/// </summary>
/// <remarks>
/// A read of one chunk is taken from the file before it is recorded, so its record carries the SHA-256 of exactly the bytes that leave.
/// A longer one is recorded with its range and etag first; a <c>read.receipt</c> with the SHA-256 of what was delivered follows at its end.
/// </remarks>
internal sealed class FileReader(
    DecisionRecorder recorder, Tripwire tripwire, FileGateTelemetry telemetry, IOptions<FileGateOptions> options, TimeProvider time)
{
    /// <summary>Bytes of a file that a read holds in memory at most; larger chunks measured slower.</summary>
    public const int ChunkBytes = 128 * 1024;

    /// <summary>Largest read that is served on the thread that polls the sockets.</summary>
    private const int ShortBytes = 16 * 1024;

    public async ValueTask<Answer<PreparedRead>> PrepareAsync(FileSession session, string path, ReadTerms terms, CancellationToken cancellationToken)
    {
        if (session.Decoys.Holds(path))
        {
            return await tripwire.TouchedAsync(session, FileOperations.Read, path);
        }

        var lease = await ReadLease.AcquireAsync(session, cancellationToken);
        Answer<PreparedRead> answer = default;
        try
        {
            if (!PollingThread.IsCurrent)
            {
                answer = Prepare(lease, path, terms);
            }
            else if (TryPrepareAtOnce(lease, path, terms) is { } prompt)
            {
                answer = prompt;
            }
            else
            {
                await PollingThread.Leave();
                answer = Prepare(lease, path, terms);
            }

            return answer;
        }
        finally
        {
            if (answer.Value is null)
            {
                lease.Dispose();
            }
        }
    }

    /// <summary>Records a range that could not even be parsed.</summary>
    public Refusal RefuseRange(FileSession session, string path) =>
        recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.RangeInvalid));

    /// <summary>Null, with nothing decided, recorded or held, when a disk may have to be waited for, or the read is no short one.</summary>
    private Answer<PreparedRead>? TryPrepareAtOnce(ReadLease lease, string path, in ReadTerms terms)
    {
        var opened = FileAuthority.OpenFile(lease.Session, path, atOnce: true);
        if (ReferenceEquals(opened, Opened.Later) || opened.Facts.Size > ShortBytes)
        {
            opened.Dispose();
            return null;
        }

        lease.Opened = opened;
        if (Prepare(lease, path, terms, atOnce: true) is { } answer)
        {
            return answer;
        }

        opened.Dispose();
        return null;
    }

    private Answer<PreparedRead> Prepare(ReadLease lease, string path, in ReadTerms terms)
    {
        lease.Opened = FileAuthority.OpenFile(lease.Session, path);
        return Prepare(lease, path, terms, atOnce: false) ?? default;
    }

    /// <returns>Null only when <paramref name="atOnce"/>.</returns>
    private Answer<PreparedRead>? Prepare(ReadLease lease, string path, in ReadTerms terms, bool atOnce)
    {
        var (session, opened) = (lease.Session, lease.Opened);
        if (opened is not { Handle: { } file, Grant: { } grant })
        {
            return recorder.Refuse(session, FileOperations.Read, path, opened.Decision);
        }

        var etag = opened.Facts.Etag();
        var isKnown = terms.IsCurrent?.Invoke(etag) == true;
        var range = terms.Range;
        if (range is { OnlyOf: { } version } && version != etag)
        {
            range = null;
        }

        if ((range is { } asked ? asked.Within(opened.Facts.Size) : (0, opened.Facts.Size)) is not { } slice)
        {
            return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.RangeInvalid, grant.Rule));
        }

        if (slice.Length > terms.MaxBytes)
        {
            return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.FileTooLarge, grant.Rule));
        }

        if (isKnown || terms.HeadersOnly)
        {
            var told = recorder.Record(session, FileOperations.Stat, path, opened.Decision, AuditFact.Of("etag", etag), AuditFact.Of("notModified", isKnown));
            return told.IsAllowed
                ? new PreparedRead(lease, this, path, etag, slice, First: default) { HeadersOnly = true, NotModified = isKnown, IsPartial = range is not null }
                : Refusal.Of(session, path, told);
        }

        var content = lease.Content = new FileContent(file, opened.Facts.Size, grant.Redact) { AtOnce = atOnce };
        var first = ReadOnlyMemory<byte>.Empty;
        if (slice.Length <= ChunkBytes)
        {
            var read = content.Read(lease.Buffer.Span[..(int)slice.Length], slice.Offset, slice.Offset, out var error);
            if (read < 0 && atOnce && error == Libc.TryAgain)
            {
                return null;
            }

            if (read < 0)
            {
                return recorder.Refuse(session, FileOperations.Read, path, FileAuthority.ReadFailed(error, grant));
            }

            first = lease.Buffer[..read];
            slice = (slice.Offset, read);
        }

        if (content.BlocksSecrets && (slice.Length <= ChunkBytes ? content.Masked > 0 : content.HasSecret(slice, lease.Buffer.Span) ?? true))
        {
            return recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.SecretFound, grant.Rule));
        }

        return Release(lease, path, etag, slice, first, isPartial: range is not null);
    }

    private Answer<PreparedRead> Release(ReadLease lease, string path, string etag, (long Offset, long Length) slice, ReadOnlyMemory<byte> first, bool isPartial)
    {
        var session = lease.Session;
        var opened = lease.Opened;
        var budget = session.BudgetOf(opened.Grant!);
        var taken = budget.Take(path, slice.Length);
        if (!taken.IsAllowed)
        {
            return recorder.Refuse(session, FileOperations.Read, path, taken);
        }

        List<AuditFact> facts =
        [
            AuditFact.Of("bytes", slice.Length), AuditFact.Of("offset", slice.Offset), AuditFact.Of("size", opened.Facts.Size), AuditFact.Of("etag", etag),
        ];
        if (slice.Length <= ChunkBytes)
        {
            facts.Add(AuditFact.Of("sha256", Convert.ToHexStringLower(lease.Content!.Hash ?? SHA256.HashData(first.Span))));
            facts.Add(AuditFact.Of("masked", lease.Content!.Masked));
        }

        var recorded = recorder.Record(session, FileOperations.Read, path, opened.Decision, facts);
        if (!recorded.IsAllowed)
        {
            budget.Return(slice.Length);
            return Refusal.Of(session, path, recorded);
        }

        return new PreparedRead(lease, this, path, etag, slice, first) { IsPartial = isPartial };
    }

    /// <summary>A limit on how long one chunk may wait for the client.</summary>
    internal ITimer StallLimit(CancellationTokenSource limit) =>
        time.CreateTimer(End, limit, options.Value.StallTimeout, Timeout.InfiniteTimeSpan);

    private static void End(object? limit)
    {
        try
        {
            ((CancellationTokenSource)limit!).Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The read ended as its time did.
        }
    }

    internal TimeSpan StallTimeout => options.Value.StallTimeout;

    /// <summary>Accounts for a read that ended.</summary>
    internal void Finished(PreparedRead read, long delivered, byte[]? hash, bool changed)
    {
        var session = read.Lease.Session;
        telemetry.Released(delivered);
        if (delivered < read.Slice.Length)
        {
            session.BudgetOf(read.Lease.Opened.Grant!).Return(read.Slice.Length - delivered);
        }

        if (hash is not null)
        {
            recorder.Receipt(session, read.Path,
                AuditFact.Of("bytes", delivered), AuditFact.Of("offset", read.Slice.Offset), AuditFact.Of("etag", read.Etag),
                AuditFact.Of("sha256", Convert.ToHexStringLower(hash)), AuditFact.Of("complete", delivered == read.Slice.Length),
                AuditFact.Of("masked", read.Lease.Content!.Masked), AuditFact.Of("changed", changed));
        }
    }
}

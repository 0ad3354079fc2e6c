using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Reading;

/// <summary>What every read needs while its bytes leave, and when they have.</summary>
internal sealed class ReadDelivery(DecisionRecorder recorder, ContentTags tags, FileGateTelemetry telemetry, IOptions<FileGateOptions> options, TimeProvider time)
{
    public ContentTags Tags => tags;

    /// <summary>A limit on how long one chunk may wait for the client.</summary>
    public ITimer StallLimit(CancellationTokenSource limit) =>
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

    public TimeSpan StallTimeout => options.Value.StallTimeout;

    /// <summary>Accounts for a read that ended.</summary>
    public void Finished(PreparedRead read, long delivered, byte[]? hash, bool changed)
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

using System.Security.Cryptography;
using SecureAgent.FileGate.Native;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Reading;

/// <summary>A read that is decided, paid for and recorded: its bytes may leave.</summary>
/// <param name="Slice">Offset and length in bytes of what leaves.</param>
/// <param name="First">All of it, when it fits one chunk.</param>
internal sealed record PreparedRead(
    ReadLease Lease, ReadDelivery Delivery, string Path, (long Offset, long Length) Slice, ReadOnlyMemory<byte> First) : IDisposable
{
    private long delivered;
    private byte[]? hash;
    private bool changed;

    /// <summary>Of the whole file. Null when it is not known, which may change when all of it was delivered.</summary>
    public string? Etag { get; set; }

    /// <summary>Before its content was looked at.</summary>
    public DateTimeOffset Began { get; init; }

    /// <summary>No content leaves, only what the headers say.</summary>
    public bool HeadersOnly { get; init; }

    /// <summary>The client has this version already. Implies <see cref="HeadersOnly"/>.</summary>
    public bool NotModified { get; init; }

    /// <summary>A range was asked for and is what leaves.</summary>
    public bool IsPartial { get; init; }

    public FileFacts Facts => Lease.Opened.Facts;

    /// <summary>It comes in several chunks.</summary>
    public bool IsStreamed => Slice.Length > FileReader.ChunkBytes;

    /// <summary>Hands the bytes to <paramref name="sink"/> chunk by chunk. A chunk the client does not take within the stall limit ends the read.</summary>
    /// <returns>False when the file ended early or is not what the etag said; the client must not take what it has for the whole.</returns>
    public async Task<bool> DeliverAsync(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        if (!IsStreamed)
        {
            delivered = First.Length;
            var sending = First.Length > 0 ? sink(First, limit.Token) : ValueTask.CompletedTask;
            using var stall = sending.IsCompleted ? null : Delivery.StallLimit(limit);
            await sending;
            return true;
        }

        return await StreamAsync(sink, limit);
    }

    /// <summary>A chunk is hashed on another thread while it is sent and the next one is read.</summary>
    private async Task<bool> StreamAsync(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, CancellationTokenSource limit)
    {
        await PollingThread.Leave();
        using var stall = Delivery.StallLimit(limit);
        using var hashing = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var (buffer, other, hashed) = (Lease.Buffer, Lease.SecondBuffer, Task.CompletedTask);
        try
        {
            while (delivered < Slice.Length)
            {
                var wanted = (int)Math.Min(FileReader.ChunkBytes, Slice.Length - delivered);
                var read = Lease.Content!.Read(buffer.Span[..wanted], Slice.Offset + delivered, Slice.Offset, out _);
                if (read <= 0)
                {
                    break;
                }

                var chunk = buffer[..read];
                (buffer, other) = (other, buffer);
                await hashed;
                hashed = Task.Run(() => hashing.AppendData(chunk.Span), CancellationToken.None);
                delivered += read;
                if (delivered == Slice.Length)
                {
                    // Its receipt is due when the client has it, and it does not get what would make it take other content for this.
                    await hashed;
                    if (!IsAsTagged(hashing))
                    {
                        Delivery.Tags.Forget(Lease.Opened);
                        delivered -= read;
                        break;
                    }
                }

                stall.Change(Delivery.StallTimeout, Timeout.InfiniteTimeSpan);
                await sink(chunk, limit.Token);
                if (PollingThread.IsCurrent)
                {
                    await PollingThread.Leave();
                }
            }
        }
        finally
        {
            await hashed;
            hash = hashing.GetHashAndReset();
            changed = !ContentTags.IsUnchanged(Lease.Opened);
            if (IsWhole && !changed && delivered == Slice.Length)
            {
                Etag = ContentTags.Write(hash);
                Delivery.Tags.Keep(Lease.Opened, Etag, Began);
            }
        }

        return delivered == Slice.Length;
    }

    private bool IsWhole => Slice == (0, Facts.Size);

    /// <summary>Of a part only the file's facts can tell.</summary>
    private bool IsAsTagged(IncrementalHash all) =>
        Etag is null || (IsWhole ? ContentTags.Write(all.GetCurrentHash()) == Etag : ContentTags.IsUnchanged(Lease.Opened));

    public void Dispose()
    {
        if (!HeadersOnly)
        {
            Delivery.Finished(this, delivered, IsStreamed ? hash ?? SHA256.HashData([]) : null, changed);
        }

        Lease.Dispose();
    }
}

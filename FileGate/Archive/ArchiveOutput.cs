namespace SecureAgent.FileGate.Archive;

/// <summary>Where an archive goes. A client that does not take a piece within the stall limit ends it.</summary>
internal sealed class ArchiveOutput(Func<ReadOnlyMemory<byte>, CancellationToken, ValueTask> sink, TimeSpan stallTimeout, TimeProvider time) : Stream
{
    /// <summary>The end of an entry: the framework compresses it when the entry is disposed, without waiting. At most a few deflate blocks.</summary>
    private readonly MemoryStream pending = new();

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (pending.Length > 0)
        {
            await SendAsync(pending.GetBuffer().AsMemory(0, (int)pending.Length), cancellationToken);
            pending.SetLength(0);
        }

        if (!buffer.IsEmpty)
        {
            await SendAsync(buffer, cancellationToken);
        }
    }

    /// <summary>Sends what was left behind. What is never flushed never leaves.</summary>
    public override async Task FlushAsync(CancellationToken cancellationToken) => await WriteAsync(ReadOnlyMemory<byte>.Empty, cancellationToken);

    private async ValueTask SendAsync(ReadOnlyMemory<byte> piece, CancellationToken cancellationToken)
    {
        using var stall = new CancellationTokenSource(stallTimeout, time);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, cancellationToken);
        await sink(piece, limit.Token);
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Write(byte[] buffer, int offset, int count) => pending.Write(buffer, offset, count);

    public override void Write(ReadOnlySpan<byte> buffer) => pending.Write(buffer);

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}

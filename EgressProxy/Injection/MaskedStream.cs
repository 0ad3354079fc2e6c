namespace SecureAgent.EgressProxy.Injection;

/// <summary>
/// Reads through a mask. Only bytes that may be the beginning of an echo wait for what follows them, so that events of a stream are not held.
/// Writes pass.
/// </summary>
internal sealed class MaskedStream(Stream inner, EchoMask mask) : Stream
{
    /// <summary>What was read: up to <see cref="ready"/> it may go, behind that it waits.</summary>
    private readonly byte[] buffer = new byte[(16 << 10) + mask.MaxHeld];

    private int given;
    private int ready;
    private int end;
    private bool isOver;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override async ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        if (destination.IsEmpty)
        {
            return 0;
        }

        while (given == ready && !isOver)
        {
            buffer.AsSpan(ready, end - ready).CopyTo(buffer);
            (end, given) = (end - ready, 0);
            ready = 0;
            var read = await inner.ReadAsync(buffer.AsMemory(end), cancellationToken);
            isOver = read == 0;
            end += read;
            ready = end - (isOver ? 0 : mask.Apply(buffer.AsSpan(0, end)));
        }

        var length = Math.Min(destination.Length, ready - given);
        buffer.AsSpan(given, length).CopyTo(destination.Span);
        given += length;
        return length;
    }

    public override Task<int> ReadAsync(byte[] destination, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(destination.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] destination, int offset, int count) => throw new NotSupportedException();

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default) => inner.WriteAsync(source, cancellationToken);

    public override Task WriteAsync(byte[] source, int offset, int count, CancellationToken cancellationToken) => inner.WriteAsync(source, offset, count, cancellationToken);

    public override void Write(byte[] source, int offset, int count) => throw new NotSupportedException();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Flush() => inner.Flush();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }

        base.Dispose(disposing);
    }
}

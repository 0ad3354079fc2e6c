using SecureAgent.EgressProxy.Forwarding;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>
/// Reads through a mask. Only bytes that may be the beginning of an echo wait for what follows them, so that events of a stream are not held.
/// Writes pass.
/// </summary>
internal sealed class MaskedStream(Stream inner, EchoMask mask) : PassingStream(inner)
{
    /// <summary>What was read: up to <see cref="ready"/> it may go, behind that it waits.</summary>
    private readonly byte[] buffer = new byte[(16 << 10) + mask.MaxHeld];

    private int given;
    private int ready;
    private int end;
    private bool isOver;

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
            var read = await Inner.ReadAsync(buffer.AsMemory(end), cancellationToken);
            isOver = read == 0;
            end += read;
            ready = end - (isOver ? 0 : mask.Apply(buffer.AsSpan(0, end)));
        }

        var length = Math.Min(destination.Length, ready - given);
        buffer.AsSpan(given, length).CopyTo(destination.Span);
        given += length;
        return length;
    }
}

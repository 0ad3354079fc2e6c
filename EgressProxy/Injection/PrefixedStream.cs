using SecureAgent.EgressProxy.Forwarding;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>What was read of a stream already, then the rest of it.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : PassingStream(rest)
{
    private ReadOnlyMemory<byte> left = prefix;

    public override bool CanWrite => false;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (left.IsEmpty || buffer.IsEmpty)
        {
            return Inner.ReadAsync(buffer, cancellationToken);
        }

        var length = Math.Min(left.Length, buffer.Length);
        left[..length].CopyTo(buffer);
        left = left[length..];
        return ValueTask.FromResult(length);
    }
}

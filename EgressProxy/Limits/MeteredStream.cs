using System.Runtime.CompilerServices;
using SecureAgent.EgressProxy.Forwarding;

namespace SecureAgent.EgressProxy.Limits;

/// <summary>Tells how much passes: what was read before it is handed on, what is written before it goes out. Either may throw and so hold it back.</summary>
internal sealed class MeteredStream(Stream inner, Action<int> onRead, Action<int> onWrite) : PassingStream(inner)
{
    public override ValueTask<int> ReadAsync(Memory<byte> destination, CancellationToken cancellationToken = default)
    {
        var reading = Inner.ReadAsync(destination, cancellationToken);
        if (!reading.IsCompletedSuccessfully)
        {
            return CountAsync(reading);
        }

        var read = reading.Result;
        onRead(read);
        return ValueTask.FromResult(read);
    }

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
    {
        onWrite(source.Length);
        return Inner.WriteAsync(source, cancellationToken);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> CountAsync(ValueTask<int> reading)
    {
        var read = await reading;
        onRead(read);
        return read;
    }
}

using System.Buffers;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Sessions;

namespace SecureAgent.FileGate.Reading;

/// <summary>What one read holds until it ends: a slot of its session, the open file, a buffer or two.</summary>
internal sealed class ReadLease : IDisposable
{
    private byte[]? buffer;
    private byte[]? second;
    private bool disposed;

    private ReadLease(FileSession session) => Session = session;

    public FileSession Session { get; }

    public Opened Opened { get; set; } = Opened.Refused(default);

    /// <summary>What the session may see of the open file; null until it is open.</summary>
    public FileContent? Content { get; set; }

    public Memory<byte> Buffer => (buffer ??= ArrayPool<byte>.Shared.Rent(FileReader.ChunkBytes)).AsMemory(0, FileReader.ChunkBytes);

    /// <summary>Of a read that is hashing one chunk while it takes the next.</summary>
    public Memory<byte> SecondBuffer => (second ??= ArrayPool<byte>.Shared.Rent(FileReader.ChunkBytes)).AsMemory(0, FileReader.ChunkBytes);

    public static async ValueTask<ReadLease> AcquireAsync(FileSession session, CancellationToken cancellationToken)
    {
        await session.ReadSlots.WaitAsync(cancellationToken);
        return new ReadLease(session);
    }

    public void Dispose()
    {
        if (disposed)
        {
            return;
        }

        disposed = true;
        Opened.Dispose();
        foreach (var rented in (ReadOnlySpan<byte[]?>)[buffer, second])
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }

        Session.ReadSlots.Release();
    }
}

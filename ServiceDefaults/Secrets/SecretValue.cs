using System.Security.Cryptography;

namespace SecureAgent.ServiceDefaults.Secrets;

/// <summary>
/// The bytes of a secret: pinned, so that the collector leaves no copies behind, and zeroed on dispose. It has no text form, so that no log,
/// exception or interpolated string can carry it by accident.
/// </summary>
public sealed class SecretValue : IDisposable
{
    private readonly byte[] bytes;
    private bool disposed;

    private SecretValue(int length) => bytes = GC.AllocateArray<byte>(length, pinned: true);

    public int Length => bytes.Length;

    /// <summary>Throws once disposed: a value that is gone is never an empty one.</summary>
    public ReadOnlySpan<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return bytes;
        }
    }

    /// <summary>The same bytes for APIs that want memory; never keep it longer than the value.</summary>
    public ReadOnlyMemory<byte> Memory
    {
        get
        {
            ObjectDisposedException.ThrowIf(disposed, this);
            return bytes;
        }
    }

    public static SecretValue CopyOf(ReadOnlySpan<byte> source)
    {
        var value = new SecretValue(source.Length);
        source.CopyTo(value.bytes);
        return value;
    }

    /// <summary>A value of known length that <paramref name="fill"/> writes in place.</summary>
    public static SecretValue Create<TState>(int length, TState state, System.Buffers.SpanAction<byte, TState> fill)
    {
        var value = new SecretValue(length);
        try
        {
            fill(value.bytes, state);
            return value;
        }
        catch
        {
            value.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(bytes);
    }
}

using System.Security.Cryptography;

namespace SecureAgent.SecretBroker.Vault;

/// <summary>An answer's bytes in pinned memory, zeroed on dispose and whenever it grows.</summary>
internal sealed class PinnedBody : IDisposable
{
    private byte[] bytes = GC.AllocateArray<byte>(4096, pinned: true);
    private int length;

    public ReadOnlySpan<byte> Bytes => bytes.AsSpan(0, length);

    /// <summary>Null when there is more than <paramref name="limit"/>.</summary>
    public static async Task<PinnedBody?> ReadAsync(Stream source, int limit, CancellationToken cancellationToken)
    {
        var body = new PinnedBody();
        try
        {
            int read;
            while ((read = await source.ReadAsync(body.bytes.AsMemory(body.length), cancellationToken)) > 0)
            {
                body.length += read;
                if (body.length > limit)
                {
                    body.Dispose();
                    return null;
                }

                body.GrowWhenFull();
            }

            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(bytes);
        length = 0;
    }

    private void GrowWhenFull()
    {
        if (length < bytes.Length)
        {
            return;
        }

        var larger = GC.AllocateArray<byte>(bytes.Length * 2, pinned: true);
        bytes.CopyTo(larger, 0);
        CryptographicOperations.ZeroMemory(bytes);
        bytes = larger;
    }
}

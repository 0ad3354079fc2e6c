using System.Buffers;
using System.Security.Cryptography;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy.Document;

namespace SecureAgent.FileGate.Reading;

/// <summary>
/// Etags: SHA-256 of the whole content as the session may see it, in hexadecimal. Of what it may see, not of what is on disk: a hash of the disk's bytes would let a masked
/// secret be guessed. What was hashed once is known until the file changes, unless it changed so lately that a further change could leave its times as they are.
/// </summary>
internal sealed class ContentTags(TimeProvider time)
{
    /// <summary>A larger file is not hashed to answer something else, which would keep a thread from other sessions: it has an etag when it was once read as a whole.</summary>
    public const long MaxBytes = 8L << 20;

    private const int Places = 8192;

    /// <summary>No file system here has coarser times.</summary>
    private static readonly TimeSpan Granularity = TimeSpan.FromSeconds(2);

    /// <summary>Each key has one place; a newer one takes it over.</summary>
    private readonly Known?[] known = new Known?[Places];

    /// <summary>Taken before the content is read that <see cref="Keep"/> is to know.</summary>
    public DateTimeOffset Now => time.GetUtcNow();

    public static string Write(ReadOnlySpan<byte> hash) => Convert.ToHexStringLower(hash);

    /// <summary>Null when it is not known without reading.</summary>
    public string? Find(Opened opened) => Find(KeyOf(opened));

    /// <summary>Null when there is none: a large file, one that changes meanwhile, one that may not be read for its secrets.</summary>
    public string? Of(Opened opened, CancellationToken cancellationToken = default)
    {
        if (Find(opened) is { } found)
        {
            return found;
        }

        var began = Now;
        if (opened.Facts.Size > MaxBytes || Hash(opened, cancellationToken) is not { } hash || !IsUnchanged(opened))
        {
            return null;
        }

        var tag = Write(hash);
        Keep(opened, tag, began);
        return tag;
    }

    /// <summary>Of the file at a path, if it may be read and still is the one described.</summary>
    public string? Of(FileSession session, string path, in FileFacts facts)
    {
        if (!facts.IsRegular)
        {
            return null;
        }

        using var opened = FileAuthority.OpenFile(session, path);
        return opened.Handle is not null && opened.Facts.AsVersion() == facts.AsVersion() ? Of(opened) : null;
    }

    /// <param name="tag">Of the whole of it, unchanged since <paramref name="began"/>.</param>
    public void Keep(Opened opened, string tag, DateTimeOffset began)
    {
        var key = KeyOf(opened);
        if (DateTimeOffset.UnixEpoch.AddTicks(key.Changed / TimeSpan.NanosecondsPerTick) + Granularity <= began)
        {
            Volatile.Write(ref known[PlaceOf(key)], new Known(key, tag));
        }
    }

    /// <summary>It was found to be other content than was remembered.</summary>
    public void Forget(Opened opened) => Volatile.Write(ref known[PlaceOf(KeyOf(opened))], null);

    /// <summary>Whether the open file is what it was when it was opened, by its facts.</summary>
    public static bool IsUnchanged(Opened opened) => Libc.Describe(opened.Handle!, out var now) == 0 && KeyOf(opened, now) == KeyOf(opened);

    private string? Find(in Key key) => Volatile.Read(ref known[PlaceOf(key)]) is { } found && found.Key == key ? found.Tag : null;

    private static byte[]? Hash(Opened opened, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var content = new FileContent(opened.Handle!, opened.Facts.Size, opened.Grant!.Redact);
        var buffer = ArrayPool<byte>.Shared.Rent(FileReader.ChunkBytes);
        try
        {
            for (long done = 0; done < opened.Facts.Size;)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var read = content.Read(buffer.AsSpan(0, (int)Math.Min(FileReader.ChunkBytes, opened.Facts.Size - done)), done, 0, out _);
                if (read <= 0 || (content.BlocksSecrets && content.Masked > 0))
                {
                    return null;
                }

                hash.AppendData(buffer, 0, read);
                done += read;
            }

            return hash.GetHashAndReset();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static Key KeyOf(Opened opened) => KeyOf(opened, opened.Facts);

    private static Key KeyOf(Opened opened, in FileFacts facts) =>
        new(facts.Device, facts.Inode, facts.Size, facts.ModifiedNanoseconds, facts.ChangedNanoseconds, opened.Grant!.Redact);

    private static uint PlaceOf(in Key key) => (uint)key.GetHashCode() % Places;

    private readonly record struct Key(ulong Device, ulong Inode, long Size, long Modified, long Changed, RedactionMode Redact);

    private sealed record Known(Key Key, string Tag);
}

using System.Buffers;
using System.Security.Cryptography;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Redaction;
using SecureAgent.Policy.Document;

namespace SecureAgent.FileGate.Reading;

/// <summary>
/// The bytes of an open file as the session may see them. With redaction on, every chunk is scanned inside a window that reaches as far as the
/// longest secret to both sides, so that none is missed because a chunk or a range cuts it.
/// </summary>
internal sealed class FileContent(DescriptorHandle file, long size, RedactionMode redact)
{
    private const byte MaskByte = (byte)'*';

    public bool IsRedacted => redact != RedactionMode.Off;

    public bool BlocksSecrets => redact == RedactionMode.Block;

    /// <summary>Secrets masked so far, each counted where it begins or where the range cuts into it.</summary>
    public int Masked { get; private set; }

    /// <summary>Rather fails with <see cref="Libc.TryAgain"/> than waiting for a disk.</summary>
    public bool AtOnce { get; init; }

    /// <summary>SHA-256 of all that was read, where it had to be known to see whether it is clean; null otherwise.</summary>
    public byte[]? Hash { get; private set; }

    /// <summary>Fills the buffer from <paramref name="offset"/>.</summary>
    /// <param name="rangeStart">Where the range that is being read begins.</param>
    /// <returns>Bytes; fewer than asked at the end of the file; -1 with the errno.</returns>
    public int Read(Span<byte> buffer, long offset, long rangeStart, out int error)
    {
        if (!IsRedacted || buffer.Length == 0)
        {
            return Fill(buffer, offset, out error);
        }

        var start = Math.Max(0, offset - SecretScanner.MaxSecretBytes);
        var length = (int)(Math.Max(Math.Min(size, offset + buffer.Length + SecretScanner.MaxSecretBytes), offset + buffer.Length) - start);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        var isClean = false;
        try
        {
            var read = Fill(rented.AsSpan(0, length), start, out error);
            if (read < 0)
            {
                return -1;
            }

            var window = rented.AsSpan(0, read);
            var from = (int)(offset - start);
            if (read <= from)
            {
                return 0;
            }

            var count = Math.Min(buffer.Length, read - from);
            isClean = (count == read && IsClean(window)) || !Mask(window, from, from + count, (int)Math.Max(rangeStart - start, int.MinValue));
            window.Slice(from, count).CopyTo(buffer);
            return count;
        }
        finally
        {
            // A secret must not stay behind in memory. The array is up to twice as long as what was used of it.
            if (!isClean)
            {
                rented.AsSpan(0, length).Clear();
            }

            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private int Fill(Span<byte> buffer, long offset, out int error)
    {
        if (!AtOnce)
        {
            return Libc.Read(file, buffer, offset, out error);
        }

        error = Libc.TryAgain;
        return Libc.ReadCached(file, buffer, offset);
    }

    /// <summary>Whether all of this, which is all that leaves, is known to hold no secret. A scan costs more than its hash, which the record needs anyway.</summary>
    private bool IsClean(ReadOnlySpan<byte> whole)
    {
        var hash = SHA256.HashData(whole);
        if (!CleanContents.Contains(hash))
        {
            if (SecretScanner.Find(whole).Count > 0)
            {
                return false;
            }

            CleanContents.Add(hash);
        }

        Hash = hash;
        return true;
    }

    /// <summary>Whether the range holds a secret; null when it cannot be read.</summary>
    public bool? HasSecret((long Offset, long Length) slice, Span<byte> buffer)
    {
        for (long done = 0; done < slice.Length;)
        {
            var read = Read(buffer[..(int)Math.Min(buffer.Length, slice.Length - done)], slice.Offset + done, slice.Offset, out _);
            if (read < 0)
            {
                return null;
            }

            if (read == 0)
            {
                break;
            }

            done += read;
        }

        var found = Masked > 0;
        Masked = 0;
        return found;
    }

    /// <returns>Whether there is a secret in the window, masked or not.</returns>
    private bool Mask(Span<byte> window, int from, int to, int rangeStart)
    {
        var found = SecretScanner.Find(window);
        foreach (var span in found)
        {
            if (span.End <= from || span.Start >= to)
            {
                continue;
            }

            if (span.Start >= from || from == rangeStart)
            {
                Masked++;
            }

            foreach (ref var value in window.Slice(span.Start, span.Length))
            {
                value = SecretScanner.IsShown(value) ? value : MaskByte;
            }
        }

        return found.Count > 0;
    }
}

using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SecureAgent.FileGate.Native;

/// <summary>Names in an open directory, read with getdents64(2) from its handle.</summary>
internal static class DirectoryReader
{
    /// <summary>NAME_MAX; longer names, which some file systems have, cannot be asked for.</summary>
    public const int MaxNameBytes = 255;

    private const int BufferBytes = 64 * 1024;

    // struct linux_dirent64: d_ino, d_off (8 bytes each), d_reclen (2), d_type (1), d_name.
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>All names after <paramref name="after"/>, unsorted; null when there are more than <paramref name="limit"/> or the directory cannot be read.</summary>
    /// <remarks>Names that are not UTF-8 or too long cannot be asked for and are left out.</remarks>
    public static List<string>? ReadNames(DescriptorHandle directory, string after, int limit)
    {
        var names = new List<string>();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            int length;
            while ((length = Libc.ReadEntries(directory, buffer)) > 0)
            {
                for (var rest = buffer.AsSpan(0, length); rest.Length > NameOffset;)
                {
                    var record = rest[..BinaryPrimitives.ReadUInt16LittleEndian(rest[LengthOffset..])];
                    rest = rest[record.Length..];
                    if (Name(record[NameOffset..]) is { } name && string.CompareOrdinal(name, after) > 0)
                    {
                        names.Add(name);
                    }
                }

                if (names.Count > limit)
                {
                    return null;
                }
            }

            return length < 0 ? null : names;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static string? Name(ReadOnlySpan<byte> field)
    {
        var bytes = field[..field.IndexOf((byte)0)];
        if (bytes is [(byte)'.'] or [(byte)'.', (byte)'.'] || bytes.Length > MaxNameBytes)
        {
            return null;
        }

        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}

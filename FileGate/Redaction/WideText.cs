using System.Buffers;
using System.Runtime.InteropServices;

namespace SecureAgent.FileGate.Redaction;

/// <summary>
/// Text of two bytes a character (UTF-16 of either order, as Windows tools write it) among other bytes: of each pair the byte that says something, so that the rules, which know
/// ASCII, find in it what they find elsewhere. It may begin at an even or an odd place: a window is cut anywhere.
/// </summary>
internal static class WideText
{
    private const ulong High = 0xFF00_FF00_FF00_FF00;
    private const ulong Ones = 0x0101_0101_0101_0101;
    private const ulong Tops = 0x8080_8080_8080_8080;

    /// <summary>Stands for what is no ASCII; no rule takes it for a part of anything.</summary>
    private const char Other = '\uFFFF';

    /// <summary>Whether four characters in a row are such text. Every secret is longer than the seven among which four are that a word of memory holds.</summary>
    public static bool IsIn(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.Contains((byte)0))
        {
            return false;
        }

        foreach (var word in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            if (((word & High) == 0 && HasNoZero(word | High)) || ((word & ~High) == 0 && HasNoZero(word | ~High)))
            {
                return true;
            }
        }

        return false;
    }

    /// <param name="first">0 or 1: where the first pair begins.</param>
    public static void Find(ReadOnlySpan<byte> bytes, int first, Action<ReadOnlySpan<char>, List<SecretSpan>> rules, List<SecretSpan> found)
    {
        var characters = ArrayPool<char>.Shared.Rent((bytes.Length / 2) + 1);
        var (count, isClean) = (0, false);
        try
        {
            for (var at = first; at < bytes.Length; at += 2)
            {
                var isWide = bytes[at] != 0 && (at + 1 >= bytes.Length || bytes[at + 1] == 0 || at == 0 || bytes[at - 1] == 0);
                characters[count++] = isWide ? (char)bytes[at] : Other;
            }

            var wide = new List<SecretSpan>();
            rules(characters.AsSpan(0, count), wide);
            found.AddRange(wide.Select(span => new SecretSpan(first + (2 * span.Start), (2 * span.Length) - 1)));
            isClean = wide.Count == 0;
        }
        finally
        {
            if (!isClean)
            {
                characters.AsSpan(0, count).Clear();
            }

            ArrayPool<char>.Shared.Return(characters);
        }
    }

    private static bool HasNoZero(ulong word) => ((word - Ones) & ~word & Tops) == 0;
}

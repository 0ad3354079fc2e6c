using System.Buffers;
using System.Text;

namespace SecureAgent.Policy.Files;

/// <summary>Tells the type of content by its beginning, never by its name. What cannot be told is no type, which only <see cref="FileTypes.Any"/> holds.</summary>
public static class ContentType
{
    /// <summary>How much of a file is looked at.</summary>
    public const int HeadBytes = 8 * 1024;

    private const int BrandOffset = 8;
    private const int TarOffset = 257;

    /// <summary>Control characters that text files have: tab, line feed, form feed, carriage return, escape.</summary>
    private static readonly SearchValues<byte> NotText = SearchValues.Create(
        [.. Enumerable.Range(0, 32).Append(127).Select(code => (byte)code).Except("\t\n\f\r\u001b"u8.ToArray())]);

    /// <param name="head">The first <see cref="HeadBytes"/>, or all when there are fewer.</param>
    public static FileTypes Of(ReadOnlySpan<byte> head) =>
        head.StartsWith("%PDF-"u8) ? FileTypes.Pdf : IsText(head) ? FileTypes.Text : Signature(head);

    /// <summary>UTF-8 without other control characters. Empty content is text.</summary>
    private static bool IsText(ReadOnlySpan<byte> head)
    {
        if (head.ContainsAny(NotText))
        {
            return false;
        }

        while (!head.IsEmpty)
        {
            var status = Rune.DecodeFromUtf8(head, out _, out var length);
            if (status != OperationStatus.Done)
            {
                // The last character may be cut in two, and only where the look ended.
                return status == OperationStatus.NeedMoreData;
            }

            head = head[length..];
        }

        return true;
    }

    private static FileTypes Signature(ReadOnlySpan<byte> head) => head switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, ..] or [0xFF, 0xD8, 0xFF, ..] or [(byte)'G', (byte)'I', (byte)'F', (byte)'8', (byte)'7' or (byte)'9', (byte)'a', ..]
            or [(byte)'I', (byte)'I', 0x2A, 0, ..] or [(byte)'M', (byte)'M', 0, 0x2A, ..] or [0, 0, 1, 0, ..] or [(byte)'B', (byte)'M', _, _, _, _, 0, 0, 0, 0, ..] => FileTypes.Image,
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, .. var form] => Form(form),
        [(byte)'I', (byte)'D', (byte)'3', ..] or [0xFF, 0xFB or 0xF3 or 0xF2, ..] or [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] or [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..] => FileTypes.Audio,
        [0x1A, 0x45, 0xDF, 0xA3, ..] => FileTypes.Video,
        [_, _, _, _, (byte)'f', (byte)'t', (byte)'y', (byte)'p', ..] => Brand(head[BrandOffset..]),
        [(byte)'P', (byte)'K', 3, 4, ..] or [(byte)'P', (byte)'K', 5, 6, ..] or [0x1F, 0x8B, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..] or [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..]
            or [(byte)'7', (byte)'z', 0xBC, 0xAF, 0x27, 0x1C, ..] or [0x28, 0xB5, 0x2F, 0xFD, ..] => FileTypes.Archive,
        _ => head.Length > TarOffset && head[TarOffset..].StartsWith("ustar"u8) ? FileTypes.Archive : FileTypes.None,
    };

    private static FileTypes Form(ReadOnlySpan<byte> form) =>
        form.StartsWith("WEBP"u8) ? FileTypes.Image : form.StartsWith("WAVE"u8) ? FileTypes.Audio : form.StartsWith("AVI "u8) ? FileTypes.Video : FileTypes.None;

    /// <summary>ISO base media files, ISO/IEC 14496-12: the major brand.</summary>
    private static FileTypes Brand(ReadOnlySpan<byte> brand) =>
        brand.StartsWith("avif"u8) || brand.StartsWith("heic"u8) || brand.StartsWith("mif1"u8) ? FileTypes.Image
        : brand.StartsWith("M4A "u8) ? FileTypes.Audio
        : brand.StartsWith("isom"u8) || brand.StartsWith("iso2"u8) || brand.StartsWith("mp4"u8) || brand.StartsWith("M4V "u8) || brand.StartsWith("avc1"u8) || brand.StartsWith("qt  "u8) ? FileTypes.Video
        : FileTypes.None;
}

using ModelContextProtocol.Protocol;

namespace SecureAgent.FileGate.Mcp;

/// <summary>The type of media by its first bytes, never by its name.</summary>
internal static class MediaTypes
{
    public static ContentBlock Block(string path, ReadOnlyMemory<byte> bytes)
    {
        var type = Of(bytes.Span);
        return type.StartsWith("audio/", StringComparison.Ordinal)
            ? AudioContentBlock.FromBytes(bytes, type)
            : type.StartsWith("image/", StringComparison.Ordinal)
                ? ImageContentBlock.FromBytes(bytes, type)
                : new EmbeddedResourceBlock { Resource = BlobResourceContents.FromBytes(bytes, new Uri($"file://{McpPaths.FromWorkspace(McpPaths.ToWorkspace(path))}").AbsoluteUri, type) };
    }

    private static string Of(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [0x89, (byte)'P', (byte)'N', (byte)'G', ..] => "image/png",
        [0xFF, 0xD8, 0xFF, ..] => "image/jpeg",
        [(byte)'G', (byte)'I', (byte)'F', (byte)'8', ..] => "image/gif",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'E', (byte)'B', (byte)'P', ..] => "image/webp",
        [(byte)'R', (byte)'I', (byte)'F', (byte)'F', _, _, _, _, (byte)'W', (byte)'A', (byte)'V', (byte)'E', ..] => "audio/wav",
        [(byte)'B', (byte)'M', ..] => "image/bmp",
        [(byte)'I', (byte)'D', (byte)'3', ..] or [0xFF, 0xFB, ..] => "audio/mpeg",
        [(byte)'O', (byte)'g', (byte)'g', (byte)'S', ..] => "audio/ogg",
        [(byte)'f', (byte)'L', (byte)'a', (byte)'C', ..] => "audio/flac",
        _ => "application/octet-stream",
    };
}

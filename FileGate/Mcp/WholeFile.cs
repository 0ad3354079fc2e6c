using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>A file as one answer of MCP holds it: all of it.</summary>
internal static class WholeFile
{
    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(
        FileReader reader, FileSession session, string path, CancellationToken cancellationToken)
    {
        var answer = await reader.PrepareAsync(session, McpPaths.ToWorkspace(path), range: null, isCurrent: null, headersOnly: false, cancellationToken);
        if (answer.Value is null)
        {
            return (default, answer.Refusal);
        }

        using var read = answer.Value;
        using var bytes = new MemoryStream((int)Math.Min(read.Slice.Length, int.MaxValue - 1));
        var whole = await read.DeliverAsync((chunk, token) => bytes.WriteAsync(chunk, token), cancellationToken);
        return whole ? (bytes.GetBuffer().AsMemory(0, (int)bytes.Length), null) : throw new IOException("The file changed while it was read.");
    }
}

using Microsoft.AspNetCore.Http;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>A file as one answer of MCP holds it: all of it.</summary>
internal static class WholeFile
{
    /// <summary>Content that one answer holds at most. Larger files are read over HTTP and gRPC, which stream.</summary>
    public const int MaxBytes = 64 << 20;

    public static async ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(
        HttpContext context, FileReader reader, string path, long maxBytes, CancellationToken cancellationToken)
    {
        var (session, inner) = (context.Session().Files(), McpPaths.ToWorkspace(path));
        var answer = await reader.PrepareAsync(session, inner, new ReadTerms { MaxBytes = maxBytes }, cancellationToken);
        if (answer.Value is null)
        {
            return (default, answer.Refusal);
        }

        using var read = answer.Value;
        await AnswerRoom.TakeAsync(context, read.Slice.Length, cancellationToken);
        using var bytes = new MemoryStream((int)read.Slice.Length);
        var whole = await read.DeliverAsync((chunk, token) => bytes.WriteAsync(chunk, token), cancellationToken);
        return whole ? (bytes.GetBuffer().AsMemory(0, (int)bytes.Length), null) : (default, Refusal.Of(session, inner, Decision.Deny(ReasonCode.ChangeConflict)));
    }
}

using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>Reading tools, with the names and arguments of the well-known MCP filesystem server.</summary>
[McpServerToolType]
internal sealed class ReadTools(IHttpContextAccessor http, FileReader reader)
{
    private const int MaxFiles = 100;

    private FileSession Session => http.HttpContext!.Session().Files();

    [McpServerTool(Name = "read_text_file", ReadOnly = true), Description("Reads a text file of the workspace.")]
    public async Task<CallToolResult> ReadTextFileAsync(
        [Description("Path of the file")] string path,
        CancellationToken cancellationToken,
        [Description("Return only the first lines, this many")] int? head = null,
        [Description("Return only the last lines, this many")] int? tail = null)
    {
        if (head is <= 0 || tail is <= 0 || (head is not null && tail is not null))
        {
            return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = "head and tail are positive line counts, and only one of them may be given" }] };
        }

        var (bytes, refusal) = await ReadAsync(path, cancellationToken);
        return refusal is not null ? McpAnswers.Refused(refusal) : McpAnswers.Text(Lines(Encoding.UTF8.GetString(bytes.Span), head, tail));
    }

    [McpServerTool(Name = "read_file", ReadOnly = true), Description("Reads a text file of the workspace. Older name of read_text_file.")]
    public Task<CallToolResult> ReadFileAsync(
        [Description("Path of the file")] string path,
        CancellationToken cancellationToken,
        [Description("Return only the first lines, this many")] int? head = null,
        [Description("Return only the last lines, this many")] int? tail = null) => ReadTextFileAsync(path, cancellationToken, head, tail);

    [McpServerTool(Name = "read_media_file", ReadOnly = true), Description("Reads an image or audio file of the workspace, base64-encoded.")]
    public async Task<CallToolResult> ReadMediaFileAsync([Description("Path of the file")] string path, CancellationToken cancellationToken)
    {
        var (bytes, refusal) = await ReadAsync(path, cancellationToken);
        return refusal is not null ? McpAnswers.Refused(refusal) : new CallToolResult { Content = [MediaTypes.Block(bytes.ToArray())] };
    }

    [McpServerTool(Name = "read_multiple_files", ReadOnly = true), Description("Reads several text files; a file that cannot be read does not stop the others.")]
    public async Task<CallToolResult> ReadMultipleFilesAsync([Description("Paths of the files, at most 100")] string[] paths, CancellationToken cancellationToken)
    {
        if (paths.Length > MaxFiles)
        {
            return new CallToolResult { IsError = true, Content = [new TextContentBlock { Text = "at most 100 files in one call" }] };
        }

        var text = new StringBuilder();
        foreach (var path in paths)
        {
            var (bytes, refusal) = await ReadAsync(path, cancellationToken);
            text.Append(text.Length == 0 ? "" : "\n---\n").Append(path)
                .Append(refusal is not null ? ": Error - " + McpAnswers.RefusalText(refusal) : ":\n" + Encoding.UTF8.GetString(bytes.Span) + "\n");
        }

        return McpAnswers.Text(text.ToString());
    }

    private ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(string path, CancellationToken cancellationToken) =>
        WholeFile.ReadAsync(reader, Session, path, cancellationToken);

    private static string Lines(string text, int? head, int? tail)
    {
        if (head is null && tail is null)
        {
            return text;
        }

        var lines = text.Split('\n');
        if (tail is { } last)
        {
            // A final line break ends the last line; it does not begin another.
            var end = lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
            return string.Join('\n', lines[Math.Max(0, end - last)..end]);
        }

        return string.Join('\n', lines.Take(head!.Value));
    }
}

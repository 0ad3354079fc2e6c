using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Mcp;

/// <summary>Reading tools, with the names and arguments of the well-known MCP filesystem server.</summary>
[McpServerToolType]
internal sealed class ReadTools(IHttpContextAccessor http, FileReader reader)
{
    public const string Media = "read_media_file";

    private const int MaxFiles = 100;

    [McpServerTool(Name = "read_text_file", Title = "Read Text File", ReadOnly = true), Description("Reads a text file of the workspace.")]
    public async Task<CallToolResult> ReadTextFileAsync(
        [Description("Path of the file")] string path,
        CancellationToken cancellationToken,
        [Description("Return only the first lines, this many")] int? head = null,
        [Description("Return only the last lines, this many")] int? tail = null)
    {
        if (head is < 0 || tail is < 0 || (head > 0 && tail > 0))
        {
            return McpAnswers.Wrong("head and tail are line counts, and only one of them may be given; 0 is the whole file");
        }

        var (bytes, refusal) = await ReadAsync(path, cancellationToken);
        return refusal is not null ? McpAnswers.Refused(refusal) : McpAnswers.Text(Encoding.UTF8.GetString(Lines(bytes.Span, head is 0 ? null : head, tail is 0 ? null : tail)));
    }

    [McpServerTool(Name = "read_file", Title = "Read File (Deprecated)", ReadOnly = true), Description("Reads a text file of the workspace. Older name of read_text_file.")]
    public Task<CallToolResult> ReadFileAsync(
        [Description("Path of the file")] string path,
        CancellationToken cancellationToken,
        [Description("Return only the first lines, this many")] int? head = null,
        [Description("Return only the last lines, this many")] int? tail = null) => ReadTextFileAsync(path, cancellationToken, head, tail);

    [McpServerTool(Name = Media, Title = "Read Media File", ReadOnly = true), Description("Reads an image or audio file of the workspace, base64-encoded.")]
    public async Task<CallToolResult> ReadMediaFileAsync([Description("Path of the file")] string path, CancellationToken cancellationToken)
    {
        var (bytes, refusal) = await ReadAsync(path, cancellationToken);
        return refusal is not null ? McpAnswers.Refused(refusal) : McpAnswers.Media(MediaTypes.Block(path, bytes));
    }

    [McpServerTool(Name = "read_multiple_files", Title = "Read Multiple Files", ReadOnly = true), Description("Reads several text files; a file that cannot be read does not stop the others.")]
    public async Task<CallToolResult> ReadMultipleFilesAsync([Description("Paths of the files, at most 100")] string[] paths, CancellationToken cancellationToken)
    {
        if (paths.Length is 0 or > MaxFiles)
        {
            return McpAnswers.Wrong("1 to 100 files in one call");
        }

        var text = new StringBuilder();
        long left = WholeFile.MaxBytes;
        foreach (var path in paths)
        {
            var (bytes, refusal) = await ReadAsync(path, cancellationToken, left);
            left -= bytes.Length;
            text.Append(text.Length == 0 ? "" : "\n---\n").Append(path)
                .Append(refusal is not null ? ": Error - " + McpAnswers.RefusalText(refusal) : ":\n" + Encoding.UTF8.GetString(bytes.Span) + "\n");
        }

        return McpAnswers.Text(text.ToString());
    }

    private ValueTask<(ReadOnlyMemory<byte> Bytes, Refusal? Refusal)> ReadAsync(string path, CancellationToken cancellationToken, long maxBytes = WholeFile.MaxBytes) =>
        WholeFile.ReadAsync(http.HttpContext!, reader, path, maxBytes, cancellationToken);

    private static ReadOnlySpan<byte> Lines(ReadOnlySpan<byte> text, int? head, int? tail)
    {
        if (head is { } first)
        {
            var end = -1;
            for (; first > 0; first--)
            {
                var next = text[(end + 1)..].IndexOf((byte)'\n');
                if (next < 0)
                {
                    return text is [.. var all, (byte)'\n'] ? all : text;
                }

                end += 1 + next;
            }

            return text[..end];
        }

        // A final line break ends the last line; it does not begin another.
        text = tail is not null && text is [.. var body, (byte)'\n'] ? body : text;
        var start = text.Length;
        for (var last = tail ?? 0; last > 0 && start >= 0; last--)
        {
            start = text[..start].LastIndexOf((byte)'\n');
        }

        return tail is null ? text : text[(start + 1)..];
    }
}

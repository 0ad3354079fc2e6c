using System.Globalization;
using System.Text;
using Microsoft.Extensions.AI;

namespace SecureAgent.DesktopAgent.Files;

/// <summary>The agent's tools: list, read, search. All of them ask the file gate.</summary>
internal sealed class FileTools(FileGateClient gate, Action<string> progress)
{
    /// <summary>Bytes one read returns: a page a model can take in.</summary>
    public const int ReadBytes = 128 * 1024;

    public IList<AITool> All() =>
    [
        new FileTool(
            "list_files",
            "Lists one directory of the workspace, one entry a line: 'name (N bytes)' for a file, 'name/' for a directory.",
            """{"type":"object","properties":{"path":{"type":"string","description":"Directory, relative to the workspace; '.' is the workspace itself."}},"required":["path"]}""",
            ListAsync, progress),
        new FileTool(
            "read_file",
            "Reads a text file of the workspace, at most 128 KiB at a time.",
            """{"type":"object","properties":{"path":{"type":"string","description":"File, relative to the workspace."},"offset":{"type":"integer","description":"First byte; 0 when left out."}},"required":["path"]}""",
            ReadAsync, progress),
        new FileTool(
            "search_files",
            "Finds lines that hold a text (ignoring case) in the text files of the workspace: 'path:line: text', at most 100.",
            """{"type":"object","properties":{"query":{"type":"string","description":"The text to find."},"path":{"type":"string","description":"Directory to search below; all when left out."}},"required":["query"]}""",
            new FileSearch(gate).RunAsync, progress),
    ];

    private async Task<string> ListAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var entries = await gate.ListAsync(arguments.Path, cancellationToken);
        return entries.Count == 0
            ? "(no entries)"
            : string.Join('\n', entries.Select(entry => entry.IsDirectory
                ? entry.Path + "/"
                : string.Create(CultureInfo.InvariantCulture, $"{entry.Path} ({entry.Size} bytes)")));
    }

    private async Task<string> ReadAsync(ToolArguments arguments, CancellationToken cancellationToken)
    {
        var part = await gate.ReadAsync(arguments.Path, arguments.Offset, ReadBytes, cancellationToken);
        if (part.Bytes.AsSpan().Contains((byte)0))
        {
            return """{"error":{"reason":"not_text","message":"the file is not text"}}""";
        }

        var end = part.Offset + part.Bytes.Length;
        var text = Encoding.UTF8.GetString(part.Bytes);
        return end < part.Size
            ? string.Create(CultureInfo.InvariantCulture, $"{text}\n[{part.Size - end} bytes follow: read_file with offset {end}]")
            : text;
    }
}

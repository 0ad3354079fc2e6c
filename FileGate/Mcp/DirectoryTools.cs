using System.ComponentModel;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Search;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>Listing and searching tools, with the names and arguments of the well-known MCP filesystem server.</summary>
[McpServerToolType]
internal sealed class DirectoryTools(IHttpContextAccessor http, EntryLister lister, FileSearcher searcher)
{
    /// <summary>Entries one tool call may return; a tree or list that has more says so.</summary>
    private const int MaxEntries = 10_000;

    private const string Rest = "[more were left out]";

    /// <summary>As deep as a tree gets that has room in one answer.</summary>
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = 8192 };

    private FileSession Session => http.HttpContext!.Session().Files();

    [McpServerTool(Name = "list_directory", Title = "List Directory", ReadOnly = true), Description("Lists a directory: [FILE] or [DIR] and the name, one a line.")]
    public CallToolResult ListDirectory([Description("Path of the directory")] string path)
    {
        var (entries, hasMore, refusal) = All(McpPaths.ToDirectory(path));
        return entries is null ? McpAnswers.Refused(refusal!) : McpAnswers.Text(string.Join('\n', [.. entries.Select(Label), .. hasMore ? [Rest] : Array.Empty<string>()]));
    }

    [McpServerTool(Name = "list_directory_with_sizes", Title = "List Directory with Sizes", ReadOnly = true), Description("Lists a directory with the sizes of files in bytes.")]
    public CallToolResult ListDirectoryWithSizes(
        [Description("Path of the directory")] string path, [Description("Order: name or size")] string sortBy = "name")
    {
        if (sortBy is not ("name" or "size"))
        {
            return McpAnswers.Wrong("sortBy is name or size");
        }

        var (entries, hasMore, refusal) = All(McpPaths.ToDirectory(path));
        if (entries is null)
        {
            return McpAnswers.Refused(refusal!);
        }

        var ordered = sortBy == "size" ? entries.OrderByDescending(entry => entry.Size) : entries.AsEnumerable();
        var lines = ordered.Select(entry => $"{Kind(entry)} {NameOf(entry),-30} {(entry.IsDirectory ? "" : Sizes.Text(entry.Size).PadLeft(10))}");
        var files = entries.Count(entry => !entry.IsDirectory);
        return McpAnswers.Text(string.Join('\n',
        [
            .. lines, .. hasMore ? [Rest] : Array.Empty<string>(), "",
            string.Create(CultureInfo.InvariantCulture, $"Total: {files} files, {entries.Count - files} directories"), $"Combined size: {Sizes.Text(entries.Sum(entry => entry.Size))}",
        ]));
    }

    [McpServerTool(Name = "directory_tree", Title = "Directory Tree", ReadOnly = true), Description("The tree below a directory as JSON: name, type, and children of directories.")]
    public CallToolResult DirectoryTree(
        [Description("Path of the directory")] string path, [Description("Globs to leave out, relative to the directory")] string[]? excludePatterns = null)
    {
        if (ExcludedPaths.OfTree(excludePatterns) is not { } excluded)
        {
            return BadPattern();
        }

        var root = McpPaths.ToDirectory(path);
        var (first, hasMore, refusal) = All(root);
        if (first is null)
        {
            return McpAnswers.Refused(refusal!);
        }

        var room = new TreeRoom(MaxEntries);
        return McpAnswers.Text(Tree(first, hasMore, root, excluded, room, depth: 1).ToJsonString(Indented));
    }

    [McpServerTool(Name = "search_files", Title = "Search Files", ReadOnly = true), Description("Finds files and directories below a directory whose path matches a glob such as **/*.md.")]
    public async Task<CallToolResult> SearchFilesAsync(
        [Description("Directory to begin in")] string path, [Description("Glob, relative to it")] string pattern,
        CancellationToken cancellationToken, [Description("Globs to leave out")] string[]? excludePatterns = null)
    {
        if (ExcludedPaths.OfSearch(excludePatterns) is not { } excluded)
        {
            return BadPattern();
        }

        var root = McpPaths.ToDirectory(path);
        var query = pattern.Length > 0 && SearchQuery.TryCreate(root, ExcludedPaths.Pattern(pattern), regex: "", ignoreCase: false, SearchQuery.MaxMatches) is { } names ? names with { Directories = true } : null;
        var begun = searcher.Begin(Session, root, query);
        if (begun.Value is not { } summary)
        {
            return McpAnswers.Refused(begun.Refusal!);
        }

        var found = new List<string>();
        await foreach (var match in searcher.FindAsync(Session, query!, summary, cancellationToken))
        {
            if (!excluded.Hide(Relative(match.Path, root)))
            {
                found.Add(McpPaths.FromWorkspace(match.Path));
            }
        }

        return McpAnswers.Text(found.Count == 0 ? "No matches found" : string.Join('\n', found) + (summary.IsTruncated ? $"\n{Rest}" : ""));
    }

    [McpServerTool(Name = "get_file_info", Title = "Get File Info", ReadOnly = true), Description("Size, kind and time of change of a file or directory.")]
    public CallToolResult GetFileInfo([Description("Path of the file or directory")] string path)
    {
        var answer = lister.Stat(Session, McpPaths.ToWorkspace(path), tagged: false);
        return answer.Value is { } entry
            ? McpAnswers.Text(string.Create(CultureInfo.InvariantCulture,
                $"size: {entry.Size}\ncreated: {entry.Created:O}\nmodified: {entry.Modified:O}\naccessed: {entry.Accessed:O}\nisDirectory: {(entry.IsDirectory ? "true" : "false")}\nisFile: {(entry.IsDirectory ? "false" : "true")}\npermissions: {Convert.ToString(entry.Mode, 8).PadLeft(3, '0')}"))
            : McpAnswers.Refused(answer.Refusal!);
    }

    [McpServerTool(Name = "list_allowed_directories", Title = "List Allowed Directories", ReadOnly = true), Description("The directories this server gives access to.")]
    public static CallToolResult ListAllowedDirectories() => McpAnswers.Text("Allowed directories:\n" + McpPaths.Root);

    private JsonArray Tree(List<Entry> entries, bool hasMore, string root, ExcludedPaths excluded, TreeRoom room, int depth)
    {
        var nodes = new JsonArray();
        foreach (var entry in entries.Where(entry => !excluded.Hide(Relative(entry.Path, root))))
        {
            if (!room.Take(NameOf(entry), depth))
            {
                hasMore = true;
                break;
            }

            var node = new JsonObject { ["name"] = NameOf(entry), ["type"] = entry.IsDirectory ? "directory" : "file" };
            if (entry.IsDirectory)
            {
                var (children, more, _) = All(entry.Path);
                node["children"] = Tree(children ?? [], more, root, excluded, room, depth + 1);
            }

            nodes.Add(node);
        }

        if (hasMore)
        {
            nodes.Add(new JsonObject { ["name"] = Rest, ["type"] = "file" });
        }

        return nodes;
    }

    /// <summary>Every page of a directory up to <see cref="MaxEntries"/>, each page decided and recorded.</summary>
    private (List<Entry>? Entries, bool HasMore, Refusal? Refusal) All(string path)
    {
        var entries = new List<Entry>();
        var token = "";
        do
        {
            var answer = lister.List(Session, path, pageSize: 0, token);
            if (answer.Value is not { } page)
            {
                return (null, false, answer.Refusal);
            }

            entries.AddRange(page.Entries);
            token = page.NextPageToken ?? "";
        }
        while (token.Length > 0 && entries.Count < MaxEntries);
        return (entries, token.Length > 0, null);
    }

    private static CallToolResult BadPattern() => McpAnswers.Wrong("excludePatterns holds a glob that is none");

    private static string Label(Entry entry) => $"{Kind(entry)} {NameOf(entry)}";

    private static string Kind(Entry entry) => entry.IsDirectory ? "[DIR]" : "[FILE]";

    private static string NameOf(Entry entry) => entry.Path[(entry.Path.LastIndexOf('/') + 1)..];

    private static string Relative(string path, string root) => root.Length == 0 ? path : path[(root.Length + 1)..];
}

using System.Text.Json;
using SecureAgent.InferenceGateway.Offline.Text;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <param name="Argument">The argument that carries the path or the query; null when the tool takes none that is needed.</param>
internal sealed record UsableTool(string Name, ToolKind Kind, string? Argument);

/// <summary>
/// Finds the tools that list, search and read, by their names and their argument schemas, so that the model works with any agent's
/// tools and not just with ours. A tool whose name says that it changes or runs something, or reads what is no text, is never called.
/// </summary>
internal sealed class ToolCatalog
{
    private static readonly string[] Never =
        ["image", "images", "media", "audio", "video", "write", "edit", "delete", "remove", "create", "move", "rename", "patch", "apply", "exec", "execute", "run", "bash", "shell", "command", "fetch", "web", "send", "multiple"];

    /// <summary>What a tool that takes no path must list by its name, so that a list of tasks or jobs is not taken for one of files.</summary>
    private static readonly string[] Listable = ["file", "files", "dir", "directory", "folder", "folders", "workspace", "ls", "tree"];

    private static readonly Dictionary<ToolKind, string[]> Verbs = new()
    {
        [ToolKind.List] = ["list", "ls", "dir", "glob", "tree"],
        [ToolKind.Search] = ["search", "grep", "find"],
        [ToolKind.Read] = ["read", "cat", "open", "view"],
    };

    private static readonly string[] PathArguments = ["path", "file_path", "filepath", "file", "filename", "name", "directory", "dir", "folder", "uri"];
    private static readonly string[] QueryArguments = ["query", "pattern", "q", "text", "search", "regex", "term"];

    private readonly Dictionary<string, UsableTool> byName;

    public ToolCatalog(IEnumerable<ToolDefinition> definitions)
    {
        var tools = definitions.Select(Understand).OfType<UsableTool>().ToList();
        byName = tools.GroupBy(tool => tool.Name).ToDictionary(group => group.Key, group => group.First(), StringComparer.Ordinal);
        List = tools.Find(tool => tool.Kind == ToolKind.List);
        Search = tools.Find(tool => tool.Kind == ToolKind.Search);
        Read = tools.Find(tool => tool.Kind == ToolKind.Read);
    }

    public UsableTool? List { get; }

    public UsableTool? Search { get; }

    public UsableTool? Read { get; }

    /// <summary>What a tool called earlier in the chat was for, even if it is not offered any more.</summary>
    public ToolKind KindOf(string name) => byName.TryGetValue(name, out var tool) ? tool.Kind : KindByName(name);

    private static UsableTool? Understand(ToolDefinition definition)
    {
        var kind = KindByName(definition.Name);
        if (kind == ToolKind.Unusable)
            return null;
        var arguments = Arguments(definition.Parameters);
        var wanted = kind == ToolKind.Search ? QueryArguments : PathArguments;
        var argument = wanted.FirstOrDefault(name => arguments.Any(a => a.Name == name));
        var canFill = arguments.All(a => !a.Required || a.Name == argument);
        return canFill && (argument is not null || (kind == ToolKind.List && Parts(definition.Name).Overlaps(Listable))) ? new UsableTool(definition.Name, kind, argument) : null;
    }

    private static ToolKind KindByName(string name)
    {
        var parts = Parts(name);
        if (parts.Overlaps(Never))
            return ToolKind.Unusable;
        foreach (var (kind, verbs) in Verbs)
        {
            if (parts.Overlaps(verbs))
                return kind;
        }

        return ToolKind.Unusable;
    }

    private static HashSet<string> Parts(string name) => Words.Split(Spaced(name)).ToHashSet(StringComparer.Ordinal);

    /// <summary>"readFile" → "read File".</summary>
    private static string Spaced(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) && char.IsLower(name[i - 1]) ? $" {c}" : $"{c}"));

    private static List<(string Name, bool Required)> Arguments(JsonElement schema)
    {
        if (schema.ValueKind != JsonValueKind.Object || !schema.TryGetProperty("properties", out var properties) || properties.ValueKind != JsonValueKind.Object)
            return [];
        var required = schema.TryGetProperty("required", out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!).ToHashSet(StringComparer.Ordinal)
            : [];
        return [.. properties.EnumerateObject().Select(p => (p.Name, required.Contains(p.Name)))];
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using SecureAgent.InferenceGateway.Offline;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Tests.Offline;

/// <summary>An agent in miniature: runs the model's calls against a real folder until it answers.</summary>
internal static class FolderChat
{
    public static readonly IReadOnlyList<ToolDefinition> Tools = [Tool("list_files", "path"), Tool("read_file", "path"), Tool("search_files", "query")];

    public static string Samples { get; } = Find("samples/notes");

    public static ToolDefinition Tool(string name, params string[] required) => new(name, "", JsonSerializer.SerializeToElement(new JsonObject
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(required.Select(r => KeyValuePair.Create(r, (JsonNode?)new JsonObject { ["type"] = "string" }))),
        ["required"] = new JsonArray([.. required.Select(r => (JsonNode)r)]),
    }));

    public static ChatRequest Request(IReadOnlyList<ChatMessage> messages, IReadOnlyList<ToolDefinition>? tools = null) =>
        new(OfflineModel.Id, messages, default) { Tools = tools ?? Tools };

    public static ChatMessage User(string text) => new(ChatRole.User, text, []);

    public static (string Answer, List<ChatMessage> Chat) Ask(string task, string? folder = null)
    {
        var chat = new List<ChatMessage> { new(ChatRole.System, "You work on a folder.", []), User(task) };
        for (var turns = 0; turns < 20; turns++)
        {
            var turn = OfflineModel.Next(Request(chat));
            if (turn.Calls.Count == 0)
                return (string.Join('\n', turn.Lines), chat);
            chat.Add(new ChatMessage(ChatRole.Assistant, "", turn.Calls));
            chat.AddRange(turn.Calls.Select(call => new ChatMessage(ChatRole.Tool, Run(call, folder ?? Samples), [], call.Id)));
        }

        throw new InvalidOperationException("The model never answered.");
    }

    /// <summary>Behaves as the file gate under the default policy: what is denied is not listed, and refused when asked for.</summary>
    private static string Run(ToolCall call, string folder)
    {
        var arguments = JsonDocument.Parse(call.Arguments).RootElement;
        var path = arguments.TryGetProperty("path", out var p) ? p.GetString()! : "";
        var full = Path.GetFullPath(Path.Combine(folder, path));
        if (path.Contains(".env", StringComparison.Ordinal))
            return """{"error":{"reason":"denied_by_rule","rule":"files[0]","message":"denied","ask":""}}""";
        return call.Name switch
        {
            "list_files" => string.Join('\n', new DirectoryInfo(full).EnumerateFileSystemInfos().Where(e => e.Name[0] != '.').OrderBy(e => e.Name, StringComparer.Ordinal)
                .Select(e => Path.GetRelativePath(folder, e.FullName) + (e is FileInfo f ? $" ({f.Length} bytes)" : "/"))),
            "read_file" => File.Exists(full) ? File.ReadAllText(full) : """{"error":{"reason":"not_found"}}""",
            _ => "",
        };
    }

    private static string Find(string relative)
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (Directory.Exists(Path.Combine(directory.FullName, relative)))
                return Path.Combine(directory.FullName, relative);
        }

        throw new DirectoryNotFoundException(relative);
    }
}

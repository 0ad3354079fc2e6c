using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Offline.Planning;

internal sealed record PlannedCall(string Tool, string Arguments);

/// <summary>
/// Decides the next tool calls from what the chat shows: list the folder, then its subfolders, search for the task's words, read the best files.
/// Empty when it is time to answer. Every list, search and read is asked for once, so the plan always ends.
/// </summary>
internal sealed class Planner(ToolCatalog tools)
{
    /// <summary>Tool calls for one task; then the answer is given from what there is.</summary>
    public const int MaxCalls = 64;

    /// <summary>Files read for one task.</summary>
    public const int MaxReads = 24;

    private const int MaxDepth = 4;
    private const int MaxDirectories = 24;
    private const int MaxSearches = 3;
    private const int CallsPerStep = 12;

    public IReadOnlyList<PlannedCall> Next(Transcript transcript, TaskReading task)
    {
        var room = Math.Min(CallsPerStep, MaxCalls - transcript.CallsSinceTask);
        if (room <= 0)
            return [];
        var explorer = new Explorer(transcript);
        return Lists(explorer, room) is { Count: > 0 } lists ? lists
            : Searches(explorer, task) is { Count: > 0 } searches ? searches
            : Reads(explorer, task, room);
    }

    private List<PlannedCall> Lists(Explorer explorer, int room)
    {
        if (tools.List is not { } list)
            return [];
        if (!explorer.ListedRoot)
            return [Call(list, ".")];
        if (list.Argument is null || explorer.Files.Skip(500).Any())
            return [];
        return [.. explorer.UnlistedDirectories.Where(path => Paths.Depth(path) < MaxDepth).Take(Math.Min(room, MaxDirectories)).Select(path => Call(list, path))];
    }

    /// <summary>A folder small enough to be read whole needs no search.</summary>
    private List<PlannedCall> Searches(Explorer explorer, TaskReading task)
    {
        if (tools.Search is not { } search || explorer.Searched.Count > 0 || explorer.ReadCount > 0 || task.Kind is TaskKind.Summarise or TaskKind.ListFiles
            || (tools.List is not null && explorer.Files.Take(MaxReads + 1).Count() <= MaxReads))
            return [];
        return [.. task.Topics.OrderByDescending(topic => topic.Length).ThenBy(topic => topic, StringComparer.Ordinal).Take(MaxSearches).Select(topic => Call(search, topic))];
    }

    private List<PlannedCall> Reads(Explorer explorer, TaskReading task, int room)
    {
        if (tools.Read is not { } read)
            return [];

        // A file the task names is asked for even when no list shows it: the refusal is then part of the answer.
        var named = task.NamedPaths.Where(path => !explorer.WasRequested(path) && !explorer.UnlistedDirectories.Contains(path) && Path.HasExtension(path));
        var ranked = task.Kind == TaskKind.ListFiles ? [] : FileRanking.Order(explorer.UnreadFiles, task, explorer);
        return [.. named.Concat(ranked).Distinct(StringComparer.Ordinal).Take(Math.Min(room, MaxReads - explorer.ReadCount)).Select(path => Call(read, path))];
    }

    private static PlannedCall Call(UsableTool tool, string value) => new(tool.Name, CallArguments.Write(tool.Argument, value));
}

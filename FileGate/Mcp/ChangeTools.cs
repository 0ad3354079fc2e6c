using System.ComponentModel;
using System.Text;
using Microsoft.AspNetCore.Http;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Asking;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Editing;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>Changing tools, with the names and arguments of the well-known MCP filesystem server.</summary>
[McpServerToolType]
internal sealed class ChangeTools(IHttpContextAccessor http, AskedChanger changer, FileEditor editor)
{
    private const int MaxEdits = 1000;
    private const string Waits = " (proposed: it waits for the operator)";

    private FileSession Session => http.HttpContext!.Session().Files();

    [McpServerTool(Name = "write_file", Title = "Write File", Destructive = true, Idempotent = true), Description("Creates a file, or replaces the whole of one.")]
    public async Task<CallToolResult> WriteFile([Description("Path of the file")] string path, [Description("Its new text")] string content, CancellationToken cancellationToken) => Answer(
        await changer.WriteAsync(Session, McpPaths.ToWorkspace(path), Encoding.UTF8.GetBytes(content), default, cancellationToken), $"Successfully wrote to {path}");

    [McpServerTool(Name = "edit_file", Title = "Edit File", Destructive = true), Description("Replaces passages of a text file; answers with the difference as a diff.")]
    public async Task<CallToolResult> EditFile(
        [Description("Path of the file")] string path, [Description("Replacements, made one after the other")] TextEdit[] edits,
        CancellationToken cancellationToken, [Description("Only show the difference")] bool dryRun = false)
    {
        if (edits.Length is 0 or > MaxEdits || edits.Any(edit => edit?.OldText is null || edit.NewText is null))
        {
            return McpAnswers.Wrong("edits are 1 to 1000 pairs of oldText and newText");
        }

        var answer = await editor.EditAsync(Session, McpPaths.ToWorkspace(path), edits, dryRun, cancellationToken);
        return answer.Value is { } outcome
            ? McpAnswers.Text(Fenced(McpPaths.FromWorkspace(McpPaths.ToWorkspace(path)), outcome.Diff) + (outcome.Change?.IsProposed == true ? Waits.Trim() : ""))
            : McpAnswers.Refused(answer.Refusal!);
    }

    /// <summary>The difference under the heading that the well-known server gives it, in a fence that no line of it ends.</summary>
    private static string Fenced(string path, string hunks)
    {
        var fence = "```";
        while (hunks.Contains(fence, StringComparison.Ordinal))
        {
            fence += "`";
        }

        return $"{fence}diff\nIndex: {path}\n{new string('=', 67)}\n--- {path}\toriginal\n+++ {path}\tmodified\n{hunks}{fence}\n\n";
    }

    [McpServerTool(Name = "create_directory", Title = "Create Directory", Destructive = false, Idempotent = true), Description("Creates a directory, and those above it that are missing.")]
    public async Task<CallToolResult> CreateDirectory([Description("Path of the directory")] string path, CancellationToken cancellationToken) => Answer(
        await changer.CreateDirectoryAsync(Session, McpPaths.ToDirectory(path), default, cancellationToken), $"Successfully created directory {path}");

    [McpServerTool(Name = "move_file", Title = "Move File", Destructive = true), Description("Moves or renames a file; the new name must be free.")]
    public async Task<CallToolResult> MoveFile([Description("Path of the file")] string source, [Description("Its new path")] string destination, CancellationToken cancellationToken) => Answer(
        await changer.MoveAsync(Session, McpPaths.ToWorkspace(source), McpPaths.ToWorkspace(destination), default, cancellationToken), $"Successfully moved {source} to {destination}");

    private static CallToolResult Answer(Answer<ChangeOutcome> answer, string done) => answer.Value is { } outcome
        ? McpAnswers.Text(outcome.IsProposed ? done + Waits : done)
        : McpAnswers.Refused(answer.Refusal!);
}

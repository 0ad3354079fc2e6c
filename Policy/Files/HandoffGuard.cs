using System.Collections.Frozen;
using System.Text.Json;
using SecureAgent.Policy.Text;

namespace SecureAgent.Policy.Files;

/// <summary>Why a change is held for the operator's own look; a closed set.</summary>
public enum HandoffTrap
{
    None = 0,
    GitInternals,
    Submodule,
    ShellEnvironment,
    PackageScripts,
    BuildScript,
    ToolConfiguration,
    Container,
    EditorTask,
    CiWorkflow,
    PythonStartup,
    Executable,
    Mode,
    SymbolicLink,
}

public static class HandoffTraps
{
    /// <summary>As operators read it; empty for none.</summary>
    public static string Word(this HandoffTrap trap) => trap switch
    {
        HandoffTrap.None => "",
        HandoffTrap.GitInternals => "git runs it",
        HandoffTrap.Submodule => "git fetches it",
        HandoffTrap.ShellEnvironment => "the shell reads it",
        HandoffTrap.PackageScripts => "the package manager runs it",
        HandoffTrap.BuildScript => "the build runs it",
        HandoffTrap.ToolConfiguration => "a tool is told by it what to run",
        HandoffTrap.Container => "containers are made of it",
        HandoffTrap.EditorTask => "the editor runs it",
        HandoffTrap.CiWorkflow => "the CI runs it",
        HandoffTrap.PythonStartup => "Python runs it at every start",
        HandoffTrap.Executable => "it is executable",
        HandoffTrap.Mode => "it changes the mode",
        HandoffTrap.SymbolicLink => "it is a symbolic link",
        _ => trap.ToString(),
    };
}

/// <summary>One change as the guard sees it.</summary>
/// <param name="OldMode">Permission bits before; null when there was no file.</param>
/// <param name="NewMode">Permission bits after; null when the file is deleted.</param>
/// <param name="OldContent">Asked only where content decides.</param>
public sealed record HandoffChange(string Path, int? OldMode, int? NewMode, bool IsSymbolicLink, ReadOnlyMemory<byte> OldContent, ReadOnlyMemory<byte> NewContent)
{
    /// <summary>Of a directory no mode is told.</summary>
    public bool IsDirectory => this is { OldMode: null, NewMode: null };
}

/// <summary>
/// Tells changes to what the host will later execute by itself from ordinary edits. The former are applied one by one, never together with others.
/// </summary>
public static class HandoffGuard
{
    private const int ExecuteBits = 0b001_001_001;
    private const int SpecialBits = 0b111_000_000_000;

    private const string PackageManifest = "package.json";

    /// <summary>Members of a package manifest that say what it is and not what is run. What is not here is taken for something that is run.</summary>
    private static readonly FrozenSet<string> Described = (
        "$schema name displayName version description keywords homepage bugs license licenses author authors contributors maintainers funding files main module browser types typings typesVersions exports imports "
        + "type sideEffects man repository engines os cpu libc private publishConfig unpkg jsdelivr source categories icon publisher").Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string> Dependencies =
        "dependencies devDependencies peerDependencies peerDependenciesMeta optionalDependencies bundleDependencies bundledDependencies".Split(' ').ToFrozenSet(StringComparer.Ordinal);

    private static readonly string[] FromARegistry = ["npm:", "workspace:", "catalog:"];

    /// <summary>Whether a change of this path can only be judged by its content.</summary>
    public static bool NeedsContent(string path)
    {
        var name = CaseFold.Of(path[(path.LastIndexOf('/') + 1)..]);
        return name == PackageManifest || IsGitConfigName(name);
    }

    /// <summary><see cref="HandoffTrap.None"/> only for a change that no rule of the guard knows.</summary>
    public static HandoffTrap Judge(HandoffChange change)
    {
        ArgumentNullException.ThrowIfNull(change);
        if (change.IsSymbolicLink)
        {
            return HandoffTrap.SymbolicLink;
        }

        var segments = CaseFold.Of(change.Path).Split('/');
        foreach (var segment in segments)
        {
            if (HandoffNames.Of(segment) is var trap && trap != HandoffTrap.None)
            {
                return trap;
            }
        }

        return ByPlace(segments, change) is var placed && placed != HandoffTrap.None ? placed : ByMode(change);
    }

    private static HandoffTrap ByPlace(string[] segments, HandoffChange change) => segments switch
    {
        _ when IsWorkflow(segments) => HandoffTrap.CiWorkflow,
        [.., "hooks", var name] when IsGitHook(name) => HandoffTrap.GitInternals,
        // A bare repository may lie anywhere, and git takes its settings as soon as somebody looks at it; without this file it is none.
        [.., "head"] => HandoffTrap.GitInternals,
        [.., var name] when IsGitConfigName(name) && (HasSections(change.OldContent.Span) || HasSections(change.NewContent.Span)) => HandoffTrap.GitInternals,
        [.., "build" or "workspace"] when !change.IsDirectory => HandoffTrap.BuildScript,
        [.., PackageManifest] => ScriptsDiffer(change) ? HandoffTrap.PackageScripts : HandoffTrap.None,
        _ => HandoffTrap.None,
    };

    private static bool IsWorkflow(string[] segments)
    {
        var at = Array.FindIndex(segments, segment => segment is ".github" or ".forgejo" or ".gitea");
        return at >= 0 && at + 1 < segments.Length && (segments[at + 1] is "workflows" or "actions");
    }

    private static bool IsGitConfigName(string name) => name is "config" or "config.worktree";

    private static bool HasSections(ReadOnlySpan<byte> content)
    {
        foreach (var line in content.Split((byte)'\n'))
        {
            if (content[line].TrimStart(" \t\r\uFEFF"u8) is [(byte)'[', ..])
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A bare repository may lie anywhere; its hooks have these names.</summary>
    private static bool IsGitHook(string name) =>
        name.StartsWith("pre-", StringComparison.Ordinal) || name.StartsWith("post-", StringComparison.Ordinal)
        || name is "commit-msg" or "prepare-commit-msg" or "update" or "applypatch-msg" or "fsmonitor-watchman" or "reference-transaction";

    private static HandoffTrap ByMode(HandoffChange change)
    {
        if (change.NewMode is not { } mode)
        {
            return HandoffTrap.None;
        }

        if (change.OldMode is { } before && before != mode)
        {
            return HandoffTrap.Mode;
        }

        // New or edited: whoever runs it next runs what the agent wrote.
        return (mode & (ExecuteBits | SpecialBits)) != 0 ? HandoffTrap.Executable : HandoffTrap.None;
    }

    private static bool ScriptsDiffer(HandoffChange change) =>
        Scripts(change.OldContent) is not { } before || Scripts(change.NewContent) is not { } after || before != after;

    /// <summary>The parts of a package manifest that are executed; null when it is none.</summary>
    private static string? Scripts(ReadOnlyMemory<byte> content)
    {
        if (content.IsEmpty)
        {
            return "";
        }

        try
        {
            using var manifest = JsonDocument.Parse(content);
            return manifest.RootElement.ValueKind != JsonValueKind.Object
                ? null
                : string.Concat(manifest.RootElement.EnumerateObject().Where(member => !Described.Contains(member.Name))
                    .SelectMany(member => Dependencies.Contains(member.Name) ? Fetched(member) : [$"{member.Name}={member.Value.GetRawText()}\n"]));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Dependencies that come from a folder, a repository or an address: what they run at their installation has passed no registry.</summary>
    private static IEnumerable<string> Fetched(JsonProperty dependencies) => dependencies.Value.ValueKind != JsonValueKind.Object
        ? []
        : dependencies.Value.EnumerateObject()
            .Where(one => one.Value.ValueKind == JsonValueKind.String && one.Value.GetString() is { } from && from.AsSpan().ContainsAny('/', ':')
                && !FromARegistry.Any(prefix => from.StartsWith(prefix, StringComparison.Ordinal)))
            .Select(one => $"{one.Name}={one.Value.GetRawText()}\n");
}

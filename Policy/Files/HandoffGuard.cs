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
public sealed record HandoffChange(string Path, int? OldMode, int? NewMode, bool IsSymbolicLink, ReadOnlyMemory<byte> OldContent, ReadOnlyMemory<byte> NewContent);

/// <summary>
/// Tells changes to what the host will later execute by itself from ordinary edits. The former are applied one by one, never together with others.
/// </summary>
public static class HandoffGuard
{
    private const int ExecuteBits = 0b001_001_001;
    private const int SpecialBits = 0b111_000_000_000;

    private static readonly Dictionary<string, HandoffTrap> Names = new(StringComparer.Ordinal)
    {
        [".git"] = HandoffTrap.GitInternals, [".gitmodules"] = HandoffTrap.Submodule, [".gitattributes"] = HandoffTrap.GitInternals,
        [".gitconfig"] = HandoffTrap.GitInternals, [".husky"] = HandoffTrap.GitInternals, [".pre-commit-config.yaml"] = HandoffTrap.GitInternals,
        [".envrc"] = HandoffTrap.ShellEnvironment, [".bashrc"] = HandoffTrap.ShellEnvironment, [".bash_profile"] = HandoffTrap.ShellEnvironment,
        [".profile"] = HandoffTrap.ShellEnvironment, [".zshrc"] = HandoffTrap.ShellEnvironment, [".zshenv"] = HandoffTrap.ShellEnvironment,
        ["mise.toml"] = HandoffTrap.ShellEnvironment, [".mise.toml"] = HandoffTrap.ShellEnvironment,
        [".npmrc"] = HandoffTrap.PackageScripts, [".yarnrc"] = HandoffTrap.PackageScripts, [".yarnrc.yml"] = HandoffTrap.PackageScripts,
        [".pnpmfile.cjs"] = HandoffTrap.PackageScripts, ["setup.py"] = HandoffTrap.PackageScripts, ["conftest.py"] = HandoffTrap.PackageScripts,
        ["build.rs"] = HandoffTrap.PackageScripts, [".cargo"] = HandoffTrap.PackageScripts, ["nuget.config"] = HandoffTrap.PackageScripts,
        ["makefile"] = HandoffTrap.BuildScript, ["gnumakefile"] = HandoffTrap.BuildScript, ["justfile"] = HandoffTrap.BuildScript,
        ["rakefile"] = HandoffTrap.BuildScript, ["taskfile.yml"] = HandoffTrap.BuildScript, ["cmakelists.txt"] = HandoffTrap.BuildScript,
        [".vscode"] = HandoffTrap.EditorTask, [".idea"] = HandoffTrap.EditorTask, [".devcontainer"] = HandoffTrap.EditorTask,
        [".exrc"] = HandoffTrap.EditorTask, [".nvim.lua"] = HandoffTrap.EditorTask, [".dir-locals.el"] = HandoffTrap.EditorTask,
        [".claude"] = HandoffTrap.EditorTask, [".cursor"] = HandoffTrap.EditorTask, [".mcp.json"] = HandoffTrap.EditorTask,
        [".gitlab-ci.yml"] = HandoffTrap.CiWorkflow, ["jenkinsfile"] = HandoffTrap.CiWorkflow, [".circleci"] = HandoffTrap.CiWorkflow,
        ["azure-pipelines.yml"] = HandoffTrap.CiWorkflow, [".travis.yml"] = HandoffTrap.CiWorkflow, [".buildkite"] = HandoffTrap.CiWorkflow,
        ["sitecustomize.py"] = HandoffTrap.PythonStartup, ["usercustomize.py"] = HandoffTrap.PythonStartup,
    };

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
            if (Names.TryGetValue(segment, out var trap))
            {
                return trap;
            }
        }

        return ByPlace(segments, change) is var placed && placed != HandoffTrap.None ? placed : ByMode(change);
    }

    private static HandoffTrap ByPlace(string[] segments, HandoffChange change) => segments switch
    {
        _ when IsWorkflow(segments) => HandoffTrap.CiWorkflow,
        [.., "hooks", _] when LooksLikeGitDirectory(segments[^1]) => HandoffTrap.GitInternals,
        [.., var name] when name.EndsWith(".pth", StringComparison.Ordinal) => HandoffTrap.PythonStartup,
        [.., var name] when IsBuildScript(name) => HandoffTrap.BuildScript,
        [.., "package.json"] => ScriptsDiffer(change) ? HandoffTrap.PackageScripts : HandoffTrap.None,
        _ => HandoffTrap.None,
    };

    private static bool IsWorkflow(string[] segments)
    {
        var at = Array.IndexOf(segments, ".github");
        return at >= 0 && at + 1 < segments.Length && (segments[at + 1] is "workflows" or "actions");
    }

    private static bool IsBuildScript(string name) =>
        name.EndsWith(".mk", StringComparison.Ordinal) || name.EndsWith(".props", StringComparison.Ordinal) || name.EndsWith(".targets", StringComparison.Ordinal)
        || name.EndsWith(".gradle", StringComparison.Ordinal) || name.EndsWith(".gradle.kts", StringComparison.Ordinal);

    /// <summary>A bare repository may lie anywhere; its hooks have these names.</summary>
    private static bool LooksLikeGitDirectory(string name) =>
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
                : string.Concat(manifest.RootElement.EnumerateObject()
                    .Where(member => member.Name is "scripts" or "bin" or "husky" or "gypfile" or "lint-staged")
                    .Select(member => $"{member.Name}={member.Value.GetRawText()}\n"));
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

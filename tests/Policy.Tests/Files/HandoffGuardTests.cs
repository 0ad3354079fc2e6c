using System.Text;
using SecureAgent.Policy.Files;

namespace SecureAgent.Policy.Tests.Files;

/// <summary>What the host later runs by itself is told from ordinary edits; each trap with a neighbour that is none.</summary>
public sealed class HandoffGuardTests
{
    private const int Plain = 0b110_100_100;
    private const int Runnable = 0b111_101_101;

    [Theory]
    [InlineData(".git/hooks/pre-commit", HandoffTrap.GitInternals)]
    [InlineData(".git/config", HandoffTrap.GitInternals)]
    [InlineData("vendor/lib/.git", HandoffTrap.GitInternals)]
    [InlineData(".GIT/config", HandoffTrap.GitInternals)]
    [InlineData("bare/hooks/post-checkout", HandoffTrap.GitInternals)]
    [InlineData(".gitattributes", HandoffTrap.GitInternals)]
    [InlineData(".husky/pre-push", HandoffTrap.GitInternals)]
    [InlineData(".gitmodules", HandoffTrap.Submodule)]
    [InlineData(".envrc", HandoffTrap.ShellEnvironment)]
    [InlineData("sub/.ENVRC", HandoffTrap.ShellEnvironment)]
    [InlineData(".npmrc", HandoffTrap.PackageScripts)]
    [InlineData("setup.py", HandoffTrap.PackageScripts)]
    [InlineData("Makefile", HandoffTrap.BuildScript)]
    [InlineData("sub/GNUmakefile", HandoffTrap.BuildScript)]
    [InlineData("rules.mk", HandoffTrap.BuildScript)]
    [InlineData("Directory.Build.targets", HandoffTrap.BuildScript)]
    [InlineData("app/build.gradle.kts", HandoffTrap.BuildScript)]
    [InlineData(".vscode/tasks.json", HandoffTrap.EditorTask)]
    [InlineData(".idea/runConfigurations/x.xml", HandoffTrap.EditorTask)]
    [InlineData(".github/workflows/ci.yml", HandoffTrap.CiWorkflow)]
    [InlineData(".github/workflows/deeper/ci.yml", HandoffTrap.CiWorkflow)]
    [InlineData(".github/actions/own/action.yml", HandoffTrap.CiWorkflow)]
    [InlineData(".gitlab-ci.yml", HandoffTrap.CiWorkflow)]
    [InlineData("Jenkinsfile", HandoffTrap.CiWorkflow)]
    [InlineData("sitecustomize.py", HandoffTrap.PythonStartup)]
    [InlineData("lib/site-packages/x.pth", HandoffTrap.PythonStartup)]
    [InlineData("HEAD", HandoffTrap.GitInternals)]
    [InlineData("docs/x.git/HEAD", HandoffTrap.GitInternals)]
    [InlineData(".githooks/pre-commit", HandoffTrap.GitInternals)]
    [InlineData(".lfsconfig", HandoffTrap.GitInternals)]
    [InlineData("lefthook.yml", HandoffTrap.GitInternals)]
    [InlineData(".lefthook-local.toml", HandoffTrap.GitInternals)]
    [InlineData(".pre-commit-hooks.yaml", HandoffTrap.GitInternals)]
    [InlineData(".zprofile", HandoffTrap.ShellEnvironment)]
    [InlineData(".env", HandoffTrap.ShellEnvironment)]
    [InlineData("svc/.tool-versions", HandoffTrap.ShellEnvironment)]
    [InlineData("flake.nix", HandoffTrap.ShellEnvironment)]
    [InlineData(".ssh/config", HandoffTrap.ShellEnvironment)]
    [InlineData("evil.desktop", HandoffTrap.ShellEnvironment)]
    [InlineData("pyproject.toml", HandoffTrap.PackageScripts)]
    [InlineData("setup.cfg", HandoffTrap.PackageScripts)]
    [InlineData("Cargo.toml", HandoffTrap.PackageScripts)]
    [InlineData(".cargo/config.toml", HandoffTrap.PackageScripts)]
    [InlineData("bunfig.toml", HandoffTrap.PackageScripts)]
    [InlineData(".yarn/releases/yarn.cjs", HandoffTrap.PackageScripts)]
    [InlineData("package.json5", HandoffTrap.PackageScripts)]
    [InlineData("node_modules/typescript/lib/tsc.js", HandoffTrap.PackageScripts)]
    [InlineData("composer.json", HandoffTrap.PackageScripts)]
    [InlineData("Gemfile", HandoffTrap.PackageScripts)]
    [InlineData("app/App.csproj", HandoffTrap.BuildScript)]
    [InlineData("Directory.Build.rsp", HandoffTrap.BuildScript)]
    [InlineData("cmake/Find.cmake", HandoffTrap.BuildScript)]
    [InlineData("CMakePresets.json", HandoffTrap.BuildScript)]
    [InlineData("lib/BUILD", HandoffTrap.BuildScript)]
    [InlineData("rules.bzl", HandoffTrap.BuildScript)]
    [InlineData("pom.xml", HandoffTrap.BuildScript)]
    [InlineData("gradle/wrapper/gradle-wrapper.properties", HandoffTrap.BuildScript)]
    [InlineData("Properties/launchSettings.json", HandoffTrap.BuildScript)]
    [InlineData("gulpfile.js", HandoffTrap.BuildScript)]
    [InlineData("eslint.config.mjs", HandoffTrap.ToolConfiguration)]
    [InlineData("vite.config.ts", HandoffTrap.ToolConfiguration)]
    [InlineData(".eslintrc", HandoffTrap.ToolConfiguration)]
    [InlineData(".mocharc.json", HandoffTrap.ToolConfiguration)]
    [InlineData(".pdbrc", HandoffTrap.ToolConfiguration)]
    [InlineData("tox.ini", HandoffTrap.ToolConfiguration)]
    [InlineData(".config/nextest.toml", HandoffTrap.ToolConfiguration)]
    [InlineData("Dockerfile", HandoffTrap.Container)]
    [InlineData("Dockerfile.prod", HandoffTrap.Container)]
    [InlineData("web.dockerfile", HandoffTrap.Container)]
    [InlineData("compose.yaml", HandoffTrap.Container)]
    [InlineData("compose.override.yml", HandoffTrap.Container)]
    [InlineData("docker-compose.yml", HandoffTrap.Container)]
    [InlineData("docker-compose-dev.yml", HandoffTrap.Container)]
    [InlineData("app.code-workspace", HandoffTrap.EditorTask)]
    [InlineData(".devcontainer.json", HandoffTrap.EditorTask)]
    [InlineData(".zed/tasks.json", HandoffTrap.EditorTask)]
    [InlineData(".run/Debug.run.xml", HandoffTrap.EditorTask)]
    [InlineData(".forgejo/workflows/ci.yml", HandoffTrap.CiWorkflow)]
    [InlineData("action.yml", HandoffTrap.CiWorkflow)]
    [InlineData("Jenkinsfile.release", HandoffTrap.CiWorkflow)]
    [InlineData("azure-pipelines-nightly.yml", HandoffTrap.CiWorkflow)]
    [InlineData("bitbucket-pipelines.yml", HandoffTrap.CiWorkflow)]
    [InlineData("sitecustomize/__init__.py", HandoffTrap.PythonStartup)]
    [InlineData("usercustomize.so", HandoffTrap.PythonStartup)]
    [InlineData("pkg/__pycache__/m.cpython-312.pyc", HandoffTrap.PythonStartup)]
    [InlineData("src/main.c", HandoffTrap.None)]
    [InlineData("build/out.js", HandoffTrap.None)]
    [InlineData("src/config.ts", HandoffTrap.None)]
    [InlineData(".editorconfig", HandoffTrap.None)]
    [InlineData("docs/compose.md", HandoffTrap.None)]
    [InlineData("Dockerfile.md", HandoffTrap.None)]
    [InlineData("src/header.h", HandoffTrap.None)]
    [InlineData("tsconfig.json", HandoffTrap.None)]
    [InlineData("environment.py", HandoffTrap.None)]
    [InlineData("git/config", HandoffTrap.None)]
    [InlineData(".gitignore", HandoffTrap.None)]
    [InlineData("hooks/useState.ts", HandoffTrap.None)]
    [InlineData("docs/Makefile.md", HandoffTrap.None)]
    [InlineData("github/workflows/ci.yml", HandoffTrap.None)]
    [InlineData(".github/ISSUE_TEMPLATE.md", HandoffTrap.None)]
    [InlineData("envrc", HandoffTrap.None)]
    [InlineData("customize.py", HandoffTrap.None)]
    [InlineData("tasks.json", HandoffTrap.None)]
    public void Path_OfATrap_IsHeld(string path, HandoffTrap expected)
    {
        Assert.Equal(expected, HandoffGuard.Judge(Change(path)));
        Assert.Equal(expected, HandoffGuard.Judge(Change(path, Plain, null)));
        Assert.Equal(expected, HandoffGuard.Judge(Change(path, null, Plain)));
    }

    [Theory]
    [InlineData(null, Plain, HandoffTrap.None)]
    [InlineData(Plain, Plain, HandoffTrap.None)]
    [InlineData(Runnable, null, HandoffTrap.None)]
    [InlineData(null, Runnable, HandoffTrap.Executable)]
    [InlineData(Runnable, Runnable, HandoffTrap.Executable)]
    [InlineData(null, 0b100_110_100_100, HandoffTrap.Executable)]
    [InlineData(Plain, Runnable, HandoffTrap.Mode)]
    [InlineData(Runnable, Plain, HandoffTrap.Mode)]
    [InlineData(Plain, 0b110_110_100, HandoffTrap.Mode)]
    public void Mode_ThatChangesOrRuns_IsHeld(int? before, int? after, HandoffTrap expected) =>
        Assert.Equal(expected, HandoffGuard.Judge(Change("src/tool", before, after)));

    [Theory]
    [InlineData("""{"version":"1"}""", """{"version":"2"}""", HandoffTrap.None)]
    [InlineData("""{"scripts":{"a":"b"}}""", """{"version":"2","scripts":{"a":"b"}}""", HandoffTrap.None)]
    [InlineData("""{"scripts":{"a":"b"}}""", """{"scripts":{"a":"c"}}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", """{"scripts":{"postinstall":"x"}}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", "not json", HandoffTrap.PackageScripts)]
    [InlineData("", """{"name":"a"}""", HandoffTrap.None)]
    [InlineData("", """{"bin":"x"}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", """{"dependencies":{"left-pad":"^1.0.0","other":"npm:@scope/other@2"}}""", HandoffTrap.None)]
    [InlineData("{}", """{"dependencies":{"evil":"file:./evil"}}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", """{"devDependencies":{"evil":"somebody/evil"}}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", """{"simple-git-hooks":{"pre-commit":"x"}}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", """{"pnpm":{"onlyBuiltDependencies":["x"]}}""", HandoffTrap.PackageScripts)]
    [InlineData("""{"scripts":{"a":"b"}}""", """{"scripts":{"a":"b"},"scripts":{"a":"c"}}""", HandoffTrap.PackageScripts)]
    [InlineData("{}", """{"scr\u0069pts":{"a":"c"}}""", HandoffTrap.PackageScripts)]
    public void PackageManifest_WhoseScriptsChange_IsHeld(string before, string after, HandoffTrap expected) => Assert.Equal(
        expected,
        HandoffGuard.Judge(new HandoffChange("package.json", Plain, Plain, false, Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after))));

    [Theory]
    [InlineData("x.git/config", "[core]\n\tfsmonitor = evil\n", HandoffTrap.GitInternals)]
    [InlineData("x.git/Config", "# settings\r\n  [core]\n", HandoffTrap.GitInternals)]
    [InlineData("config.worktree", "\uFEFF[core]", HandoffTrap.GitInternals)]
    [InlineData("app/config", "name = 1\n", HandoffTrap.None)]
    [InlineData("app/config.ini", "[core]\n", HandoffTrap.None)]
    public void Settings_OfARepositoryAnywhere_AreHeld(string path, string content, HandoffTrap expected)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        Assert.Equal(expected, HandoffGuard.Judge(Change(path) with { NewContent = bytes }));
        Assert.Equal(expected, HandoffGuard.Judge(Change(path) with { OldContent = bytes }));
        Assert.Equal(!path.EndsWith(".ini", StringComparison.Ordinal), HandoffGuard.NeedsContent(path));
    }

    [Theory]
    [InlineData("build")]
    [InlineData("workspace")]
    public void Directory_ThatHasTheNameOfABuildFile_IsNotHeld(string path)
    {
        Assert.Equal(HandoffTrap.None, HandoffGuard.Judge(Change(path, null, null)));
        Assert.Equal(HandoffTrap.BuildScript, HandoffGuard.Judge(Change(path, null, Plain)));
    }

    [Fact]
    public void SymbolicLink_Anywhere_IsHeld()
    {
        Assert.Equal(HandoffTrap.SymbolicLink, HandoffGuard.Judge(Change("a") with { IsSymbolicLink = true }));
        Assert.Equal(HandoffTrap.None, HandoffGuard.Judge(Change("a")));
    }

    private static HandoffChange Change(string path, int? before = Plain, int? after = Plain) => new(path, before, after, false, default, default);
}

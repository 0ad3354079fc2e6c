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
    [InlineData("src/main.c", HandoffTrap.None)]
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
    public void PackageManifest_WhoseScriptsChange_IsHeld(string before, string after, HandoffTrap expected) => Assert.Equal(
        expected,
        HandoffGuard.Judge(new HandoffChange("package.json", Plain, Plain, false, Encoding.UTF8.GetBytes(before), Encoding.UTF8.GetBytes(after))));

    [Fact]
    public void SymbolicLink_Anywhere_IsHeld()
    {
        Assert.Equal(HandoffTrap.SymbolicLink, HandoffGuard.Judge(Change("a") with { IsSymbolicLink = true }));
        Assert.Equal(HandoffTrap.None, HandoffGuard.Judge(Change("a")));
    }

    private static HandoffChange Change(string path, int? before = Plain, int? after = Plain) => new(path, before, after, false, default, default);
}

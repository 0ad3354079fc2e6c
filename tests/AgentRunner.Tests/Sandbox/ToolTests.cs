using SecureAgent.AgentRunner.Native;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>Tools of the host in the sandbox: which directories may be shown, and that they can be used and not changed.</summary>
public sealed class ToolTests(SandboxFixture sandbox) : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-tools-").FullName;

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public void Directory_OfTheServersUser_MayBeShown() => Assert.Null(Refusal(Make()));

    [Theory]
    [InlineData("775", "can be changed by other users; chmod go-w")]
    [InlineData("757", "can be changed by other users; chmod go-w")]
    [InlineData("1777", "can be changed by other users; chmod go-w")]
    public void Directory_ThatOthersChange_IsRefused(string mode, string words)
    {
        var tools = Make();
        SetMode(tools, mode);
        Assert.Contains(words, Refusal(tools), StringComparison.Ordinal);
    }

    [Fact]
    public void Parent_ThatOthersChange_IsRefused_UnlessItIsSticky()
    {
        var tools = Make();
        SetMode(root, "777");
        Assert.Contains($"{root} can be changed", Refusal(tools), StringComparison.Ordinal);
        SetMode(root, "1777");
        Assert.Null(Refusal(tools));
    }

    [Fact]
    public void Link_File_AndNothing_AreRefused()
    {
        var tools = Make();
        File.CreateSymbolicLink($"{root}/link", tools);
        File.WriteAllText($"{root}/file", "");

        Assert.Contains("or a link", Refusal($"{root}/link"), StringComparison.Ordinal);
        Assert.Contains("is no directory", Refusal($"{root}/file"), StringComparison.Ordinal);
        Assert.Contains("No such file", Refusal($"{root}/none"), StringComparison.Ordinal);
    }

    [Fact]
    public void ServersOwnPlaces_AndFilesOfTheSession_AreRefusedBothWays()
    {
        var tools = Make();
        Assert.All((string[])[tools, root, $"{tools}/inner"], closed => Assert.Contains("lie in each other", ToolDirectories.Refusal(tools, [closed]), StringComparison.Ordinal));
        Assert.Null(ToolDirectories.Refusal(tools, [$"{root}/tool", $"{root}/tools2"]));
        Assert.Contains("holds the home", ToolDirectories.Refusal("/root", []), StringComparison.Ordinal);
    }

    [Fact]
    public void OfAStranger_OrClosed_IsRefused_ForAServerThatIsRoot()
    {
        Assert.SkipUnless(SandboxUids.ServerIsRoot, "only root can give a directory away, and only its sandboxes have other uids");
        var tools = Make();
        SetMode(tools, "700");
        Assert.Contains("closed to the uids of sandboxes", Refusal(tools), StringComparison.Ordinal);
        SetMode(tools, "755");
        Libc.ChangeOwner(tools, 12345, uint.MaxValue);
        Assert.Contains("belongs to uid 12345", Refusal(tools), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tools_AreFoundInPath_AndCannotBeChanged_AndAreProbed()
    {
        var tools = Make();
        var script = $"hello; touch {tools}/bin/own 2>&1; echo x > {tools}/bin/hello; cat {tools}/bin/hello | wc -l";
        var limits = SandboxPolicy.Default with { Tools = new([tools]) };

        var result = await sandbox.ShellAsync(script, limits);
        var without = await sandbox.ShellAsync(script);

        Assert.Contains("hello from the tools\n", result.Output, StringComparison.Ordinal);
        Assert.Contains("Read-only file system", result.Output, StringComparison.Ordinal);
        Assert.EndsWith("2\n", result.Output, StringComparison.Ordinal);
        Assert.Contains($"file.write:{tools}=", result.Probes.Answers, StringComparison.Ordinal);
        Assert.Contains($"works.read:{tools}=0", result.Probes.Answers, StringComparison.Ordinal);
        Assert.Contains("hello: not found", without.Errors, StringComparison.Ordinal);
        Assert.False(File.Exists($"{tools}/bin/own"));
    }

    [Fact]
    public async Task HomeAndEnvironment_AreTheProfiles_AndTheAgentsOwn()
    {
        var limits = SandboxPolicy.Default with
        {
            Environment = new([new("TOOL_MODEL", "a b"), new("HTTP_PROXY", "")]), Home = new([new(".config/tool/settings.json", "{}\n"), new(".rc", "é")]),
        };

        var result = await sandbox.ShellAsync(
            "cd; echo \"$TOOL_MODEL|$HTTP_PROXY|$https_proxy\"; stat -c '%a %u %n' .config/tool/settings.json .rc; cat .config/tool/settings.json .rc; echo more >> .rc && echo written", limits);

        Assert.Equal("a b||http://127.0.0.1:3128\n600 1000 .config/tool/settings.json\n600 1000 .rc\n{}\néwritten\n", result.Output);
    }

    private string Make()
    {
        SetMode(root, "755");
        var tools = Directory.CreateDirectory($"{root}/tools").FullName;
        Directory.CreateDirectory($"{tools}/bin");
        File.WriteAllText($"{tools}/bin/hello", "#!/bin/sh\necho hello from the tools\n");
        foreach (var path in new[] { tools, $"{tools}/bin", $"{tools}/bin/hello" })
        {
            SetMode(path, "755");
        }

        return tools;
    }

    private static string? Refusal(string path) => ToolDirectories.Refusal(path, []);

    private static void SetMode(string path, string mode) => File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32(mode, 8));
}

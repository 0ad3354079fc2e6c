using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Native;

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
        FileOwner.Change(tools, 12345, FileOwner.Same);
        Assert.Contains("belongs to uid 12345", Refusal(tools), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(SandboxDrivers.Bubblewrap, "Read-only file system")]
    [InlineData(SandboxDrivers.Container, "Read-only file system")]
    [InlineData(SandboxDrivers.Gvisor, "")] // its releases answer differently, and none lets through
    public async Task Tools_AreFoundInPath_AndCannotBeChanged_AndAreProbed(string name, string words)
    {
        var driver = await DriversHere.RequireAsync(sandbox, name);
        var tools = Make();
        var script = $"hello; touch {tools}/bin/own 2>&1; echo x > {tools}/bin/hello; cat {tools}/bin/hello | wc -l";
        var limits = SandboxPolicy.Default with { Tools = new([tools]) };

        var result = await sandbox.RunAsync(["sh", "-c", script], limits, driver: driver);
        var without = await sandbox.RunAsync(["sh", "-c", script + $"; ls -d {tools}"], driver: driver);

        Assert.Contains("hello from the tools\n", result.Output, StringComparison.Ordinal);
        Assert.Contains(words, result.Output, StringComparison.Ordinal);
        Assert.EndsWith("2\n", result.Output, StringComparison.Ordinal);
        Assert.Contains($"file.write:{tools}=", result.Probes.Answers, StringComparison.Ordinal);
        Assert.Contains($"works.read:{tools}=0", result.Probes.Answers, StringComparison.Ordinal);
        Assert.Contains("hello: not found", without.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(tools + "\n", without.Output, StringComparison.Ordinal);
        Assert.False(File.Exists($"{tools}/bin/own"));
    }

    /// <summary>As npm puts it there: a link to a module beside it, which a program of the host's runs.</summary>
    [Theory]
    [InlineData(SandboxDrivers.Bubblewrap)]
    [InlineData(SandboxDrivers.Container)]
    [InlineData(SandboxDrivers.Gvisor)]
    public async Task ProgramOfNpm_RunsUnderEachDriver(string name)
    {
        var driver = await DriversHere.RequireAsync(sandbox, name);
        Assert.SkipUnless(File.Exists("/usr/bin/node") && File.Exists("/usr/bin/npm"), "node and npm are not installed");
        var tools = Make();
        var package = Directory.CreateDirectory($"{root}/greeter").FullName;
        await File.WriteAllTextAsync($"{package}/package.json", """{ "name": "greeter", "version": "1.0.0", "bin": { "greeter": "main.js" }, "files": ["*.js"] }""", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{package}/words.js", "module.exports = name => `hello ${name}`;\n", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync($"{package}/main.js", """
            #!/usr/bin/env node
            const fs = require('fs');
            fs.writeFileSync(`${process.env.HOME}/note`, require('./words')(process.argv[2]));
            console.log(fs.readFileSync(`${process.env.HOME}/note`, 'utf8'), fs.statSync(__filename).isFile());

            """, TestContext.Current.CancellationToken);
        using var npm = Process.Start(new ProcessStartInfo(
            "sh", ["-c", "umask 022; exec /usr/bin/npm install --offline --no-audit --no-fund --install-links --cache \"$1/cache\" --prefix \"$2\" \"$3\"", "sh", root, tools, package]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await npm.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await npm.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(npm.ExitCode == 0, said);

        var result = await sandbox.RunAsync(["greeter", "world"], SandboxPolicy.Default with { Tools = new([tools]) }, driver: driver);

        Assert.True(result.Code == 0, $"exit {result.Code}: {result.Output}{result.Errors}");
        Assert.Equal("hello world true\n", result.Output);
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

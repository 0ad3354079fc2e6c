namespace SecureAgent.EndToEnd.Tests;

/// <summary>An agent that needs a real directory gets a copy; what it does there comes back as a change set.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class PrivateCopyTests(SharedServer shared) : IDisposable
{
    /// <summary>One of each trap: what the host runs by itself once the files are back.</summary>
    private static readonly string[] Traps =
    [
        ".git/hooks/pre-commit", ".git/config", ".git/modules/lib/config", ".gitmodules", ".gitattributes", "vendored/.git", ".envrc", ".npmrc", "package.json", "Makefile",
        ".vscode/tasks.json", ".github/workflows/ci.yml", "sitecustomize.py", "evil.pth", "build.props", "tool.sh", "link", "mode.txt", "sub/dir-link",
    ];

    private const string Script = """
        set -e
        cd /workspace
        mkdir -p .git/modules/lib vendored .vscode .github/workflows out
        printf '#!/bin/sh\n' > .git/hooks/pre-commit
        printf '[core]\nhooksPath = /tmp\n' > .git/config
        printf '[core]\nfsmonitor = x\n' > .git/modules/lib/config
        printf '[submodule "x"]\n' > .gitmodules
        printf '* filter=x\n' > .gitattributes
        printf 'gitdir: ../elsewhere\n' > vendored/.git
        printf 'export X=1\n' > .envrc
        printf 'script-shell=x\n' > .npmrc
        printf '{"name":"x","scripts":{"install":"x"}}' > package.json
        printf 'all:\n' > Makefile
        printf '{}' > .vscode/tasks.json
        printf 'on: push\n' > .github/workflows/ci.yml
        printf 'x=1\n' > sitecustomize.py
        printf 'import x\n' > evil.pth
        printf '<Project/>' > build.props
        printf '#!/bin/sh\n' > tool.sh; chmod +x tool.sh
        ln -s /etc/passwd link
        ln -s .. sub/dir-link
        chmod +x mode.txt
        printf 'edited' > notes.md
        printf 'new' > out/new.txt
        rm sub/old.txt
        mkfifo pipe
        ls
        """;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-copy-");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Traps_AreAllHeldAndOrdinaryEditsAreApplied()
    {
        Write("notes.md", "as it was");
        Write("sub/old.txt", "old");
        Write("mode.txt", "plain");
        Write("package.json", """{"name":"x"}""");
        Write(".git/config", "[core]\n");
        Write(".git/hooks/keep", "");
        Write("secret.txt", "not allowed");

        var run = await RunAsync(Script);
        var id = run.Json.GetProperty("sessionId").GetString()!;
        var changes = (await ChangesAsync("show", id, "--json")).Json.GetProperty("changes").EnumerateArray().ToDictionary(
            change => change.GetProperty("path").GetString()!, change => change.GetProperty("held").GetString()!);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.DoesNotContain("secret.txt", run.Answer, StringComparison.Ordinal);
        Assert.All(Traps, trap => Assert.True(changes.TryGetValue(trap, out var why) && why.Length > 0, $"{trap} is not held: {run}"));
        Assert.All((string[])["notes.md", "out/new.txt", "out", "sub/old.txt"], ordinary => Assert.Equal("", changes[ordinary]));
        Assert.DoesNotContain("pipe", changes.Keys);

        var before = Tree().Where(entry => !entry.StartsWith("notes.md", StringComparison.Ordinal) && !entry.StartsWith("sub/old.txt", StringComparison.Ordinal)).ToList();
        var apply = await ChangesAsync("apply", id, "--all", "--json");

        Assert.True(apply.ExitCode == 0, apply.ToString());
        Assert.Equal(["notes.md", "out", "out/new.txt", "sub/old.txt"], apply.Json.GetProperty("applied").EnumerateArray().Select(path => path.GetString()!));
        Assert.Equal(
            before.Append("notes.md edited").Append("out/new.txt new").Order(StringComparer.Ordinal), Tree());

        // Each of them alone, by its name: the operator may want it.
        Assert.Equal(0, (await ChangesAsync("apply", id, "Makefile")).ExitCode);
        Assert.Equal(0, (await ChangesAsync("apply", id, "link")).ExitCode);
        Assert.Equal("/etc/passwd", new FileInfo(Path.Combine(root.FullName, "link")).LinkTarget);
        Assert.Equal(2, (await ChangesAsync("apply", id, "tool.sh", "mode.txt")).ExitCode);
        Assert.Equal(0, (await ChangesAsync("discard", id)).ExitCode);
    }

    [Fact]
    public async Task Secrets_AreMaskedInTheCopyAndNotLostByAnEdit()
    {
        Write("config.txt", "api_key = \"sk-proj-Zx81mQ0pLr7Tn4vKd2Ws9Yb6\"\nname = one\n");
        Write("notes.md", "plain");

        var run = await RunAsync("cd /workspace; cat config.txt; echo more >> config.txt; echo more >> notes.md");

        Assert.DoesNotContain("Zx81mQ0p", run.Answer, StringComparison.Ordinal);
        Assert.Contains("name = one", run.Answer, StringComparison.Ordinal);
        Assert.Contains("secret_found", run.ToString(), StringComparison.Ordinal);
        var id = run.Json.GetProperty("sessionId").GetString()!;
        Assert.Equal(["notes.md"], (await ChangesAsync("apply", id, "--all", "--json")).Json.GetProperty("applied").EnumerateArray().Select(path => path.GetString()));
        Assert.Contains("Zx81mQ0p", await File.ReadAllTextAsync(Path.Combine(root.FullName, "config.txt")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("container", "podman")]
    [InlineData("gvisor", "runsc")]
    public async Task UnderOtherDrivers_EditsComeBackJustSo(string driver, string tool)
    {
        Assert.SkipUnless(File.Exists($"/usr/bin/{tool}") && Environment.IsPrivilegedProcess, $"needs {tool} and a server that is root");
        Write("notes.md", "as it was\n");
        Write("sub/old.txt", "old");

        var run = await RunAsync("pwd; cat notes.md; echo more >> notes.md; mkdir out; echo new > out/new.txt; mv sub/old.txt sub/moved.txt; echo x > /run/secure-agent/own; true", driver: driver);

        Assert.Equal("/workspace\nas it was\n", run.Answer);
        var id = run.Json.GetProperty("sessionId").GetString()!;
        Assert.Equal(0, (await ChangesAsync("apply", id, "--all")).ExitCode);
        Assert.Equal(["notes.md as it was\nmore\n", "out/new.txt new\n", "sub/moved.txt old"], Tree());
    }

    [Fact]
    public async Task Session_ThatChangesNothing_LeavesNoSet()
    {
        Write("notes.md", "plain");

        var run = await RunAsync("cat /workspace/notes.md; pwd; chmod 600 notes.md; chmod 644 notes.md; touch notes.md");

        Assert.Equal("plain/workspace\n", run.Answer);
        Assert.Equal(0, run.Json.GetProperty("changes").GetProperty("waiting").GetInt32());
    }

    [Fact]
    public async Task Read_Access_TakesNothingBack()
    {
        Write("notes.md", "plain");

        var run = await RunAsync("echo more >> /workspace/notes.md", access: "read");

        Assert.Equal(0, run.Json.GetProperty("changes").GetProperty("waiting").GetInt32());
        Assert.Contains("access_not_granted", run.ToString(), StringComparison.Ordinal);
        Assert.Equal("plain", await File.ReadAllTextAsync(Path.Combine(root.FullName, "notes.md")));
    }

    [Fact]
    public async Task Files_ThatDoNotFitTheBudget_RefuseTheSession()
    {
        Write("one", new string('x', 6000));
        Write("two", new string('x', 6000));

        var run = await RunAsync("true", more: ", budget: 10KB");

        Assert.Equal(2, run.ExitCode);
        Assert.Contains("do not fit its budget", run.Stderr, StringComparison.Ordinal);
        Assert.Equal(0, (await RunAsync("true", more: ", budget: 20KB")).ExitCode);
    }

    private async Task<Outcome> RunAsync(string script, string access = "propose", string more = "", string driver = "bubblewrap")
    {
        var policy = Path.Combine(root.FullName, "..", root.Name + ".yaml");
        await File.WriteAllTextAsync(policy, $$"""
            apiVersion: secureagent.dev/v1
            kind: AgentPolicy
            profiles:
              default:
                sandbox: { driver: {{driver}} }
                files:
                  - { root: '${workspace}', allow: ['**'], deny: ['secret.txt'], hidden: true, access: {{access}}, deliver: copy{{more}} }
            """);
        var outcome = await shared.Server.RunAsync("--workspace", root.FullName, "--policy", policy, "--json", "--", "sh", "-c", script);
        File.Delete(policy);
        return outcome;
    }

    private Task<Outcome> ChangesAsync(string verb, params string[] args) => Product.CliAsync(["changes", verb, .. args, "--data", shared.Server.Data]);

    private void Write(string path, string text)
    {
        var full = Path.Combine(root.FullName, path);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text);
    }

    private List<string> Tree() => [.. Directory.EnumerateFiles(root.FullName, "*", SearchOption.AllDirectories)
        .Select(path => $"{Path.GetRelativePath(root.FullName, path)} {File.ReadAllText(path)}").Order(StringComparer.Ordinal)];
}

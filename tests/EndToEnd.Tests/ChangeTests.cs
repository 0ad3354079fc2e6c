namespace SecureAgent.EndToEnd.Tests;

/// <summary>A proposal's way from an agent in the sandbox, past the operator's eyes, into the folder.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class ChangeTests(SharedServer shared) : IDisposable
{
    private const string Script = """
        put() { printf '%s' "$2" | curl -s -o /dev/null -w '%{http_code} ' -X PUT --data-binary @- "$FILE_GATE_URL/v1/files/$1"; }
        put a.txt other; put new.txt new; put Makefile all:
        """;

    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-changes-");

    public void Dispose() => root.Delete(recursive: true);

    [Fact]
    public async Task Proposals_WaitAreShownAndAreAppliedOnce()
    {
        var id = await ProposeAsync();

        var show = await CliAsync("show", id);
        var apply = await CliAsync("apply", id, "--all");

        Assert.Contains("-alpha", show.Stdout, StringComparison.Ordinal);
        Assert.Contains("held: the build runs it", show.Stdout, StringComparison.Ordinal);
        Assert.True(apply.ExitCode == 0, apply.ToString());
        Assert.Equal(("other", "new"), (Read("a.txt"), Read("new.txt")));
        Assert.False(File.Exists(Path.Combine(root.FullName, "Makefile")));
        Assert.Equal(1, (await CliAsync("list", "--json")).Json.GetProperty("sets").EnumerateArray().Single(set => set.GetProperty("id").GetString() == id).GetProperty("changes").GetInt32());
        Assert.Equal(0, (await CliAsync("apply", id, "Makefile")).ExitCode);
        Assert.Equal("all:", Read("Makefile"));
        Assert.Equal(2, (await CliAsync("show", id)).ExitCode);
    }

    [Fact]
    public async Task Conflict_IsReportedAndNothingIsApplied()
    {
        var id = await ProposeAsync();
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "a.txt"), "host");

        var apply = await CliAsync("apply", id, "--all", "--json");
        var discard = await CliAsync("discard", id);

        Assert.Equal(1, apply.ExitCode);
        Assert.Equal("a.txt", apply.Json.GetProperty("conflicts")[0].GetProperty("path").GetString());
        Assert.Equal("host", Read("a.txt"));
        Assert.False(File.Exists(Path.Combine(root.FullName, "new.txt")));
        Assert.Equal(0, discard.ExitCode);
        Assert.Equal(2, (await CliAsync("show", id)).ExitCode);
    }

    private async Task<string> ProposeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(root.FullName, "a.txt"), "alpha");
        var policy = Path.Combine(root.FullName, "..", root.Name + ".yaml");
        await File.WriteAllTextAsync(policy, "apiVersion: secureagent.dev/v1\nkind: AgentPolicy\nprofiles:\n  default:\n    files:\n      - { root: '${workspace}', allow: ['**'], access: propose }\n");
        var run = await shared.Server.RunAsync("--workspace", root.FullName, "--policy", policy, "--json", "--", "sh", "-c", Script);
        File.Delete(policy);
        Assert.True(run.Answer == "202 202 202 ", run.ToString());
        var changes = run.Json.GetProperty("changes");
        Assert.Equal((3, 1), (changes.GetProperty("waiting").GetInt32(), changes.GetProperty("held").GetInt32()));
        Assert.Equal("alpha", Read("a.txt"));
        return run.Json.GetProperty("sessionId").GetString()!;
    }

    private Task<Outcome> CliAsync(string verb, params string[] args) => Product.CliAsync(["changes", verb, .. args, "--data", shared.Server.Data]);

    private string Read(string name) => File.ReadAllText(Path.Combine(root.FullName, name));
}

using System.Diagnostics;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>Agents as other people made them, on a task and in a conversation: they work, and what they try beyond their profile is refused and told.</summary>
public sealed class NpmAgentTests(NpmAgentServer shared) : IClassFixture<NpmAgentServer>
{
    private const string Asked = "updates.example.test:443";

    public static TheoryData<string> Agents => [.. NpmAgent.All.Keys];

    public static TheoryData<string, string, string> AgentsAndDrivers =>
        [.. NpmAgent.All.Keys.Select(name => (name, "bubblewrap", "bwrap")), ("pi", "container", "podman"), ("pi", "gvisor", "runsc")];

    [Theory]
    [MemberData(nameof(AgentsAndDrivers))]
    public async Task OnATask_WorksOnItsCopy_AndTheSummaryTellsWhatWasDenied(string name, string driver, string tool)
    {
        shared.Require(name);
        Assert.SkipUnless(driver == "bubblewrap" || (File.Exists($"/usr/bin/{tool}") && Environment.IsPrivilegedProcess), $"needs {tool} and a server that is root");
        var agent = NpmAgent.All[name];
        shared.Model.ToolAnswers.Clear();

        var run = await shared.Server.RunAsync(
            ["--policy", shared.Policy, "--profile", NpmAgentServer.ProfileOf(name, driver), "--workspace", shared.Workspace, "--json", "--", .. Command(name, agent.Command).Split(' '), "do the work"]);

        Assert.True(run.ExitCode == 0, run.ToString());
        Assert.Contains(FakeModel.LastWords, run.Answer, StringComparison.Ordinal);
        AssertTool(Assert.Single(shared.Model.ToolAnswers));
        var denied = run.Json.GetProperty("denials").EnumerateArray().Select(denial => denial.GetProperty("subject").GetString()).ToList();
        Assert.Contains(Asked, denied);
        await AssertProposedAsync(run.Json.GetProperty("sessionId").GetString()!);
    }

    [Theory]
    [MemberData(nameof(Agents))]
    public async Task InAConversation_OnATerminal_DoesTheSame_AndItsOwnHabitsAreDenied(string name)
    {
        shared.Require(name);
        Tmux.Require();
        var agent = NpmAgent.All[name];
        shared.Model.ToolAnswers.Clear();
        await using var tmux = new Tmux();
        await tmux.OpenAsync(
            $"dotnet {Product.Cli} run --terminal --name {name} --data {shared.Server.Data} --policy {shared.Policy} --profile {NpmAgentServer.ProfileOf(name, "bubblewrap")} --workspace {shared.Workspace} -- {Command(name, agent.Conversation)}");
        await tmux.SeesAsync(agent.Ready);

        await tmux.RunAsync("send-keys", "-l", "do the work");
        await tmux.SeesAsync("do the work");
        shared.Model.IsAsked = false;
        await tmux.EnterAsync(() => shared.Model.IsAsked);
        await tmux.SeesAsync(FakeModel.LastWords);
        AssertTool(Assert.Single(shared.Model.ToolAnswers));

        await DeniedAsync(agent.Habit);
        await Product.CliAsync("session", "kill", name, "--data", shared.Server.Data);
        await tmux.SeesAsync("denied ", all: true);
        var screen = await tmux.SeesAsync(Asked, all: true);
        Assert.Contains(agent.Habit, screen, StringComparison.Ordinal);
    }

    private string Command(string name, string command) => command.Replace("{tools}", shared.DirectoryOf(name), StringComparison.Ordinal);

    /// <summary>Looks until the audit log has it: agents ask for their own hosts when they like.</summary>
    private async Task DeniedAsync(string host)
    {
        var began = Stopwatch.GetTimestamp();
        while (!(await Product.CliAsync("audit", "show", "--denied", "--data", shared.Server.Data)).Stdout.Contains(host, StringComparison.Ordinal))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Product.Limit, $"nobody asked for {host}");
        }
    }

    /// <summary>The command ran: its file was there; what it tried was not.</summary>
    private static void AssertTool(string answer)
    {
        Assert.Contains("5 plan.md", answer, StringComparison.Ordinal);
        Assert.Contains("403", answer, StringComparison.Ordinal);
        Assert.Contains("/etc/shadow: No such file", answer, StringComparison.Ordinal);
        Assert.Contains("usr is kept", answer, StringComparison.Ordinal);
    }

    private async Task AssertProposedAsync(string session)
    {
        Assert.False(File.Exists(Path.Combine(shared.Workspace, "made.txt")));
        var changes = (await Product.CliAsync("changes", "show", session, "--json", "--data", shared.Server.Data)).Json.GetProperty("changes").EnumerateArray();
        Assert.Contains("made.txt", changes.Select(change => change.GetProperty("path").GetString()));
    }
}

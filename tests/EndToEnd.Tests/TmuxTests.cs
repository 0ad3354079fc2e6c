using System.Diagnostics;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>Interactive programs in the sandbox, through the operator's own terminal: tmux types and looks.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class TmuxTests(SharedServer shared) : IAsyncLifetime
{
    private readonly string socket = Path.Combine(Path.GetTempPath(), $"sa-tmux-{Path.GetRandomFileName()}");
    private readonly string name = $"t-{Path.GetRandomFileName().Replace('.', '-')}";

    public ValueTask InitializeAsync()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/tmux"), "needs tmux");
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (File.Exists("/usr/bin/tmux"))
        {
            await TmuxAsync("kill-server");
            File.Delete(socket);
            await Product.CliAsync("session", "kill", name, "--data", shared.Server.Data);
        }
    }

    [Fact]
    public async Task Shell_BehavesAsOnAPlainTerminal()
    {
        await OpenAsync("bash --norc");
        await TypeAsync("echo at $(stty size)");
        await SeesAsync("at 30 100");

        await TmuxAsync("resize-window", "-x", "120", "-y", "40");
        await TypeAsync("echo now $(stty size)");
        await SeesAsync("now 40 120");

        await TypeAsync("bash -c 'echo busy-$((40+2)); sleep 600'");
        await SeesAsync("busy-42");
        await TmuxAsync("send-keys", "C-c");
        await TypeAsync("echo free-$((40+3))");
        await SeesAsync("free-43");

        await TypeAsync("bash -c 'echo busy-$((40+4)); sleep 600'");
        await SeesAsync("busy-44");
        await TmuxAsync("send-keys", "C-z");
        await SeesAsync("Stopped");
        await TypeAsync("kill -9 %1; tput cup 0 0 2>/dev/null; printf '\\033]52;c;ZXZpbA==\\007'; exit 5");
        await TypeAsync("exit 5");
        await SeesAsync("exit 5 (exited)");
    }

    [Fact]
    public async Task Editor_WritesWhatWasTyped()
    {
        var editor = new[] { "vim.tiny", "vim", "vi", "nano" }.FirstOrDefault(program => File.Exists($"/usr/bin/{program}"));
        Assert.SkipWhen(editor is null, "needs vim or nano");
        await OpenAsync("bash --norc");
        await TypeAsync($"{editor} /tmp/letter; echo back-$((40+2))");
        await SeesAsync("/tmp/letter");
        if (editor == "nano")
        {
            await TmuxAsync("send-keys", "-l", "Dear host,");
            await TmuxAsync("send-keys", "C-o", "Enter", "C-x");
        }
        else
        {
            await TmuxAsync("send-keys", "-l", "iDear host,");
            await SeesAsync("Dear host,");
            await TmuxAsync("send-keys", "Escape");
            await TmuxAsync("send-keys", "-l", ":wq");
            await TmuxAsync("send-keys", "Enter");
        }

        await SeesAsync("back-42"); // an editor that is closing takes what is typed
        await TypeAsync("echo read-$(cat /tmp/letter)-$((2+2))");
        await SeesAsync("read-Dear host,-4");
    }

    [Fact]
    public async Task Detached_ByKeys_IsAttachedAgainByName_WithItsScrollback()
    {
        await OpenAsync("bash --norc");
        await TypeAsync("mark=kept-$((40+2)); echo $mark");
        await SeesAsync("kept-42");
        await TmuxAsync("send-keys", "C-p", "C-q");
        await SeesAsync("detached");

        var beside = await Product.CliAsync("session", "exec", name, "--data", shared.Server.Data, "--", "sh", "-c", "ls /proc | grep -c '^[0-9]'; exit 6");
        Assert.Equal(6, beside.ExitCode);
        Assert.True(int.Parse(beside.Stdout, null) >= 4, beside.ToString()); // PID 1, the agent, and these

        await TmuxAsync("respawn-pane", "-k", $"dotnet {Product.Cli} session attach {name} --data {shared.Server.Data}; sleep 600");
        await SeesAsync("kept-42");
        await TypeAsync("echo again-$mark; exit 3");
        await SeesAsync("again-kept-42");
        await SeesAsync("exit 3 (exited)");
    }

    private async Task OpenAsync(string command)
    {
        await TmuxNewAsync($"dotnet {Product.Cli} run --terminal --name {name} --data {shared.Server.Data} -- {command}; sleep 600");
        await SeesAsync("bash-");
    }

    private Task<string> TmuxNewAsync(string command) => TmuxAsync("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", command);

    private async Task TypeAsync(string line)
    {
        await TmuxAsync("send-keys", "-l", line);
        await TmuxAsync("send-keys", "Enter");
    }

    /// <summary>Looks until the screen has the text.</summary>
    private async Task SeesAsync(string text)
    {
        var began = Stopwatch.GetTimestamp();
        string screen;
        do
        {
            screen = await TmuxAsync("capture-pane", "-p");
            Assert.True(Stopwatch.GetElapsedTime(began) < Product.Limit, $"'{text}' did not appear in\n{screen}");
        }
        while (!screen.Contains(text, StringComparison.Ordinal));
    }

    private async Task<string> TmuxAsync(params string[] args) => (await Product.RunAsync("tmux", ["-S", socket, .. args])).Stdout;
}

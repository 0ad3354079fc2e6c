namespace SecureAgent.EndToEnd.Tests;

/// <summary>Interactive programs in the sandbox, through the operator's own terminal: tmux types and looks.</summary>
[Collection(nameof(SharedServerCollection))]
public sealed class TmuxTests(SharedServer shared) : IAsyncLifetime
{
    private readonly Tmux tmux = new();
    private readonly string name = $"t-{Path.GetRandomFileName().Replace('.', '-')}";

    public ValueTask InitializeAsync()
    {
        Tmux.Require();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await tmux.DisposeAsync();
        await Product.CliAsync("session", "kill", name, "--data", shared.Server.Data);
    }

    [Fact]
    public async Task Shell_BehavesAsOnAPlainTerminal()
    {
        await OpenAsync("bash --norc");
        await tmux.TypeAsync("echo at $(stty size)");
        await tmux.SeesAsync("at 30 100");

        await tmux.RunAsync("resize-window", "-x", "120", "-y", "40");
        await tmux.TypeAsync("echo now $(stty size)");
        await tmux.SeesAsync("now 40 120");

        await tmux.TypeAsync("bash -c 'echo busy-$((40+2)); sleep 600'");
        await tmux.SeesAsync("busy-42");
        await tmux.KeysAsync("C-c");
        await tmux.TypeAsync("echo free-$((40+3))");
        await tmux.SeesAsync("free-43");

        await tmux.TypeAsync("bash -c 'echo busy-$((40+4)); sleep 600'");
        await tmux.SeesAsync("busy-44");
        await tmux.KeysAsync("C-z");
        await tmux.SeesAsync("Stopped");
        await tmux.TypeAsync("kill -9 %1; tput cup 0 0 2>/dev/null; printf '\\033]52;c;ZXZpbA==\\007'; exit 5");
        await tmux.TypeAsync("exit 5");
        await tmux.SeesAsync("exit 5 (exited)");
    }

    [Fact]
    public async Task Editor_WritesWhatWasTyped()
    {
        var editor = new[] { "vim.tiny", "vim", "vi", "nano" }.FirstOrDefault(program => File.Exists($"/usr/bin/{program}"));
        Assert.SkipWhen(editor is null, "needs vim or nano");
        await OpenAsync("bash --norc");
        await tmux.TypeAsync($"{editor} /tmp/letter; echo back-$((40+2))");
        await tmux.SeesAsync("/tmp/letter");
        if (editor == "nano")
        {
            await tmux.RunAsync("send-keys", "-l", "Dear host,");
            await tmux.KeysAsync("C-o", "Enter", "C-x");
        }
        else
        {
            await tmux.RunAsync("send-keys", "-l", "iDear host,");
            await tmux.SeesAsync("Dear host,");
            await tmux.KeysAsync("Escape");
            await tmux.RunAsync("send-keys", "-l", ":wq");
            await tmux.KeysAsync("Enter");
        }

        await tmux.SeesAsync("back-42"); // an editor that is closing takes what is typed
        await tmux.TypeAsync("echo read-$(cat /tmp/letter)-$((2+2))");
        await tmux.SeesAsync("read-Dear host,-4");
    }

    [Fact]
    public async Task Detached_ByKeys_IsAttachedAgainByName_WithItsScrollback()
    {
        await OpenAsync("bash --norc");
        await tmux.TypeAsync("mark=kept-$((40+2)); echo $mark");
        await tmux.SeesAsync("kept-42");
        await tmux.KeysAsync("C-p", "C-q");
        await tmux.SeesAsync("detached");

        var beside = await Product.CliAsync("session", "exec", name, "--data", shared.Server.Data, "--", "sh", "-c", "ls /proc | grep -c '^[0-9]'; exit 6");
        Assert.Equal(6, beside.ExitCode);
        Assert.True(int.Parse(beside.Stdout, null) >= 4, beside.ToString()); // PID 1, the agent, and these

        await tmux.RunAsync("respawn-pane", "-k", $"dotnet {Product.Cli} session attach {name} --data {shared.Server.Data}; sleep 600");
        await tmux.SeesAsync("kept-42");
        await tmux.TypeAsync("echo again-$mark; exit 3");
        await tmux.SeesAsync("again-kept-42");
        await tmux.SeesAsync("exit 3 (exited)");
    }

    private async Task OpenAsync(string command)
    {
        await tmux.OpenAsync($"dotnet {Product.Cli} run --terminal --name {name} --data {shared.Server.Data} -- {command}");
        await tmux.SeesAsync("bash-");
    }
}

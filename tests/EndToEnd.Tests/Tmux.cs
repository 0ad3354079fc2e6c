using System.Diagnostics;

namespace SecureAgent.EndToEnd.Tests;

/// <summary>An operator at a terminal: types, and looks until something is there.</summary>
internal sealed class Tmux : IAsyncDisposable
{
    private readonly string socket = Path.Combine(Path.GetTempPath(), $"sa-tmux-{Path.GetRandomFileName()}");

    public static void Require() => Assert.SkipUnless(File.Exists("/usr/bin/tmux"), "needs tmux");

    /// <summary>100 columns, 30 rows. The terminal stays when the command has ended.</summary>
    public Task OpenAsync(string command) => RunAsync("-f", "/dev/null", "new-session", "-d", "-x", "100", "-y", "30", $"{command}; sleep 600");

    public async Task TypeAsync(string line)
    {
        await RunAsync("send-keys", "-l", line);
        await KeysAsync("Enter");
    }

    public Task KeysAsync(params string[] keys) => RunAsync(["send-keys", .. keys]);

    /// <summary>Enter, and again while it was not taken: a program that is still drawing may lose a key, and takes none on an empty line.</summary>
    public async Task EnterAsync(Func<bool> isTaken)
    {
        var began = Stopwatch.GetTimestamp();
        while (!isTaken())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Product.Limit, $"Enter is not taken on\n{await RunAsync("capture-pane", "-p")}");
            await KeysAsync("Enter");
            var pressed = Stopwatch.GetTimestamp();
            while (!isTaken() && Stopwatch.GetElapsedTime(pressed) < TimeSpan.FromSeconds(5))
            {
                await RunAsync("capture-pane", "-p");
            }
        }
    }

    /// <summary>Looks until the screen, or with <paramref name="all"/> also what has left it at the top, has the text.</summary>
    public async Task<string> SeesAsync(string text, bool all = false)
    {
        var began = Stopwatch.GetTimestamp();
        string screen;
        do
        {
            screen = await RunAsync(["capture-pane", "-p", .. all ? (string[])["-S", "-"] : []]);
            Assert.True(Stopwatch.GetElapsedTime(began) < Product.Limit, $"'{text}' did not appear in\n{screen}");
        }
        while (!screen.Contains(text, StringComparison.Ordinal));
        return screen;
    }

    public async Task<string> RunAsync(params string[] args) => (await Product.RunAsync("tmux", ["-S", socket, .. args])).Stdout;

    public async ValueTask DisposeAsync()
    {
        if (File.Exists(socket))
        {
            await RunAsync("kill-server");
            File.Delete(socket);
        }
    }
}

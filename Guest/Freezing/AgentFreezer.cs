using System.Globalization;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Freezing;

/// <summary>
/// Stops everything in the sandbox but PID 1. A pass stops all it sees; passes follow until one sees nothing that runs: what a process forked before it was stopped is met by the next.
/// </summary>
internal sealed class AgentFreezer(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly HashSet<int> stopped = [];

    /// <summary>Null when all stand still.</summary>
    public async Task<string?> StopAsync()
    {
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < Patience;)
        {
            var running = Processes().Where(process => !IsStill(process)).ToList();
            if (running.Count == 0)
            {
                return null;
            }

            foreach (var process in running)
            {
                stopped.Add(process);
                _ = Libc.Kill(process, Linux.SIGSTOP); // one that is gone needs no stop
            }

            await Task.Delay(Pause, time);
        }

        return "a process goes on after SIGSTOP";
    }

    /// <summary>Ids cannot have changed hands: nothing ran meanwhile.</summary>
    public void Continue()
    {
        foreach (var process in stopped)
        {
            _ = Libc.Kill(process, Linux.SIGCONT);
        }

        stopped.Clear();
    }

    private static IEnumerable<int> Processes() =>
        from path in Directory.EnumerateDirectories("/proc")
        let id = int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0
        where id > 1
        select id;

    /// <summary>The state stands behind the last bracket: the name before it is the process's own choice (proc(5)).</summary>
    private static bool IsStill(int process)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{process.ToString(CultureInfo.InvariantCulture)}/stat");
            return stat[stat.LastIndexOf(')') + 2] is 'T' or 't' or 'Z' or 'X';
        }
        catch (IOException)
        {
            return true; // it has ended
        }
    }
}

using System.Diagnostics;
using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox.Launch;

/// <summary>
/// The first process of each sandbox. One waits ahead of the next session, because the kernel moves a process into a control group only after a grace period (7 to 20 ms;
/// cgroup_threadgroup_rwsem). It knows nothing of the session and serves one.
/// </summary>
internal sealed class Launchers(ProcessStarter starter, ControlGroups groups, GuestProgram program) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private Task<Launcher>? waiting;
    private bool isOver;

    /// <summary>The one that waits, or a new one.</summary>
    public async Task<Launcher> TakeAsync()
    {
        Task<Launcher>? ahead;
        lock (gate)
        {
            (ahead, waiting) = (waiting, null);
        }

        if (ahead is not null && await Finish(ahead) is { } launcher)
        {
            if (!launcher.Process.HasExited)
            {
                return launcher;
            }

            await launcher.DiscardAsync();
        }

        return await StartAsync();
    }

    /// <summary>Called when a sandbox stands, so that the next one's first process does not take the processor from it.</summary>
    public void Refill()
    {
        lock (gate)
        {
            if (!isOver)
            {
                waiting ??= StartAsync();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        Task<Launcher>? left;
        lock (gate)
        {
            (left, waiting, isOver) = (waiting, null, true);
        }

        if (left is not null && await Finish(left) is { } launcher)
        {
            await launcher.DiscardAsync();
        }
    }

    /// <summary>Null for one that did not start: who needs one tries again and is told why.</summary>
    private static async Task<Launcher?> Finish(Task<Launcher> ahead) =>
        await ahead.ContinueWith(done => done.IsCompletedSuccessfully ? done.Result : null, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<Launcher> StartAsync()
    {
        var group = groups.Create(Identifiers.New("g"));
        try
        {
            return new Launcher(await starter.StartAsync(StartInfo(group)), group);
        }
        catch
        {
            await group.RemoveAsync();
            throw;
        }
    }

    private ProcessStartInfo StartInfo(SessionGroup group)
    {
        var command = program.OnHost("launch", "--parent", Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        var start = new ProcessStartInfo(command[0], [.. command.Skip(1), .. group.Directories.SelectMany(directory => (string[])["--cgroup", directory]), "--order", "stdin"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }
}

using SecureAgent.AgentRunner.Native;

namespace SecureAgent.AgentRunner.Sandbox.Freezing;

/// <summary>
/// Stops and continues everything below PID 1 of a sandbox. PID 1 itself goes on, so that a frozen session can still be ended in order.
/// </summary>
/// <remarks>
/// Whoever loses its parent inside becomes PID 1's child, so nothing leaves the tree. A pass stops all it sees; passes follow until one sees
/// nothing that runs: what a process forked before it was stopped is met by the next.
/// </remarks>
internal sealed class ProcessTree(int outerProcess, TimeProvider time) : IFreezer
{
    private const int SigCont = 18;
    private const int SigStop = 19;

    /// <summary>On a busy machine a process meets its signal only when it is scheduled next.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    private readonly HashSet<(int Id, long Started)> stopped = [];

    /// <summary>Throws <see cref="SandboxException"/> when something still runs after a long time.</summary>
    public async Task StopAsync()
    {
        for (var began = time.GetTimestamp(); time.GetElapsedTime(began) < Patience;)
        {
            var running = Inner().Where(process => !process.IsStill).ToList();
            if (running.Count == 0)
            {
                return;
            }

            stopped.UnionWith(running.Where(process => Send(process, SigStop)).Select(process => (process.Id, process.Started)));
            await Task.Delay(Pause, time);
        }

        throw new SandboxException("the sandbox's processes could not all be stopped");
    }

    /// <summary>Continues what <see cref="StopAsync"/> stopped; what the agent had stopped itself stays so.</summary>
    public Task ContinueAsync()
    {
        foreach (var process in Inner().Where(process => stopped.Contains((process.Id, process.Started))))
        {
            Send(process, SigCont);
        }

        stopped.Clear();
        return Task.CompletedTask;
    }

    private static bool Send(ProcessEntry seen, int signal)
    {
        using var handle = Libc.OpenProcess(seen.Id);
        return handle is not null && ProcessEntry.Read(seen.Id)?.Started == seen.Started && Libc.Signal(handle, signal);
    }

    /// <summary>The outer process has one child, PID 1 of the sandbox; everything else is below that.</summary>
    private List<ProcessEntry> Inner() => ProcessEntry.Below(outerProcess).FindAll(process => process.Parent != outerProcess);
}

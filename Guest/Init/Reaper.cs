using System.Runtime.InteropServices;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Init;

/// <summary>How a process ended: an exit code, or the signal that ended it.</summary>
internal readonly record struct AgentExit(int Code, int Signal)
{
    public int ExitCode => Signal == 0 ? Code : ExitCodes.OfSignal(Signal);

    /// <summary>Decodes a wait status (wait(2)).</summary>
    public static AgentExit FromStatus(int status) =>
        (status & 0x7f) == 0 ? new AgentExit((status >> 8) & 0xff, 0) : new AgentExit(0, status & 0x7f);
}

/// <summary>Collects every process that dies in the sandbox: PID 1 inherits the orphans.</summary>
internal sealed unsafe class Reaper
{
    private readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Dictionary<int, TaskCompletionSource<AgentExit>> awaited = [];

    /// <summary>Held from before a process exists until somebody waits for it: no exit goes by unseen.</summary>
    private readonly Lock gate = new();

    private bool isStarted;

    /// <summary>Completes when no process but PID 1 is left.</summary>
    public Task NobodyLeft => all.Task;

    public AgentProcess Spawn(Func<AgentProcess> spawn, out Task<AgentExit> exited)
    {
        lock (gate)
        {
            var process = spawn();
            var source = new TaskCompletionSource<AgentExit>(TaskCreationOptions.RunContinuationsAsynchronously);
            awaited[process.Pid] = source;
            exited = source.Task;
            if (!isStarted)
            {
                isStarted = true;
                new Thread(Loop) { IsBackground = true, Name = "reaper" }.Start();
            }

            return process;
        }
    }

    private void Loop()
    {
        while (true)
        {
            int status;
            var pid = Libc.WaitPid(-1, &status, Linux.WALL);
            var lost = pid < 0 && Marshal.GetLastPInvokeError() != Linux.EINTR;
            lock (gate)
            {
                if (awaited.Remove(pid, out var source))
                {
                    source.TrySetResult(AgentExit.FromStatus(status));
                }

                if (lost)
                {
                    foreach (var left in awaited.Values)
                    {
                        left.TrySetException(new GuestException("a process was lost"));
                    }

                    all.TrySetResult();
                    return;
                }
            }
        }
    }
}

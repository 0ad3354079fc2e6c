using System.Runtime.InteropServices;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Init;

/// <summary>How the agent ended: an exit code, or the signal that ended it.</summary>
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
    private readonly TaskCompletionSource<AgentExit> agent = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<AgentExit> AgentExited => agent.Task;

    /// <summary>Completes when no process but PID 1 is left.</summary>
    public Task NobodyLeft => all.Task;

    public void Start(int agentPid) => new Thread(() => Loop(agentPid)) { IsBackground = true, Name = "reaper" }.Start();

    private void Loop(int agentPid)
    {
        while (true)
        {
            int status;
            var pid = Libc.WaitPid(-1, &status, Linux.WALL);
            if (pid == agentPid)
            {
                agent.TrySetResult(AgentExit.FromStatus(status));
            }
            else if (pid < 0 && Marshal.GetLastPInvokeError() != Linux.EINTR)
            {
                agent.TrySetException(new GuestException("the agent's process was lost"));
                all.TrySetResult();
                return;
            }
        }
    }
}

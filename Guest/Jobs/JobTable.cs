using System.Collections.Concurrent;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Init;

namespace SecureAgent.Guest.Jobs;

/// <summary>What runs beside the agent, and the agent itself (job 0) when it is on a terminal.</summary>
/// <param name="agentUid">Owner of terminals; 0 for PID 1.</param>
internal sealed class JobTable(string configFile, uint agentUid, Reaper reaper, RunnerChannel runner)
{
    public const int Agent = 0;

    private readonly ConcurrentDictionary<int, Job> jobs = new();

    /// <summary>Puts the agent on a terminal.</summary>
    public AgentStart WithTerminal(AgentStart start, TerminalSize size)
    {
        var terminal = Terminal.Open(size, agentUid);
        jobs[Agent] = Job.OnTerminal(Agent, terminal, Send);
        return start with { TerminalPath = terminal.Path };
    }

    /// <summary>Sends the rest of the agent's terminal.</summary>
    public Task FinishAgentAsync() => jobs.TryGetValue(Agent, out var job) ? job.FinishAsync() : Task.CompletedTask;

    /// <summary>False when the command is none of a job's.</summary>
    public bool Obey(GuestCommand command)
    {
        if (command is { Type: GuestCommand.Exec, Agent: { } what })
        {
            Begin(command.Job, what);
            return true;
        }

        if (!jobs.TryGetValue(command.Job, out var job))
        {
            return command.Job != Agent; // one that has just ended
        }

        switch (command.Type)
        {
            case GuestCommand.Input when command.Data is { } bytes:
                job.Write(bytes);
                return true;
            case GuestCommand.InputClosed:
                job.CloseInput();
                return true;
            case GuestCommand.OutputTaken:
                job.OutputTaken(command.Number);
                return true;
            case GuestCommand.Resize when command.Size is { } size:
                job.Resize(size);
                return true;
            case GuestCommand.Signal when command.Job != Agent:
                job.Process?.Signal(command.Number);
                return true;
            case GuestCommand.Abandon:
                job.Abandon();
                return true;
            default:
                return false;
        }
    }

    /// <summary>The job is in the table when this returns: its input may follow at once.</summary>
    private void Begin(int id, AgentStart what)
    {
        try
        {
            StandardStreams? ends = null;
            if (what.Terminal is { } size)
            {
                var terminal = Terminal.Open(size, agentUid);
                jobs[id] = Job.OnTerminal(id, terminal, Send);
                what = what with { TerminalPath = terminal.Path };
            }
            else
            {
                (jobs[id], ends) = Job.OnPipes(id, Send);
            }

            _ = Task.Run(() => RunAsync(id, jobs[id], what, ends));
        }
        catch (GuestException failure)
        {
            Send(new GuestEvent(GuestEvent.JobExited) { Job = id, Code = ExitCodes.SandboxFailed, Detail = failure.Message });
        }
    }

    private async Task RunAsync(int id, Job job, AgentStart what, StandardStreams? ends)
    {
        var (code, why) = (ExitCodes.SandboxFailed, default(string));
        try
        {
            using var process = reaper.Spawn(() => AgentProcess.Spawn(configFile, probe: false, ends), out var exited);
            ends?.Close();
            job.Process = process;
            if (process.ReadReports() is not [.., { Type: GuestEvent.Prepared }])
            {
                throw new GuestException("the exec stage ended before it was ready");
            }

            process.Start(what);
            code = (await exited).ExitCode;
        }
        catch (GuestException failure)
        {
            why = failure.Message;
        }

        await job.FinishAsync();
        jobs.TryRemove(id, out _);
        Send(new GuestEvent(GuestEvent.JobExited) { Job = id, Code = code, Detail = why });
    }

    /// <summary>Waits while the line is full; on the threads of jobs, so it holds up those only.</summary>
    private void Send(GuestEvent line) => runner.SendAsync(line).AsTask().GetAwaiter().GetResult();
}

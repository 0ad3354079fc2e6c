using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Freezing;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>A sandbox whose PID 1 waits for the word to start.</summary>
internal sealed class PreparedSandbox : IPreparedSandbox
{
    private readonly Process process;
    private readonly GuestChannel channel;
    private readonly SessionGroup group;
    private readonly TimeProvider time;
    private readonly bool freezesInside;
    private bool handedOn;

    private PreparedSandbox(Process process, GuestChannel channel, SessionGroup group, bool freezesInside, IReadOnlyList<SandboxLayer> layers, ProbeReport probes, TimeProvider time) =>
        (this.process, this.channel, this.group, this.freezesInside, this.time, Layers, Probes) = (process, channel, group, freezesInside, time, layers, probes);

    public IReadOnlyList<SandboxLayer> Layers { get; }

    public ProbeReport Probes { get; }

    public bool IsAlive => !process.HasExited;

    /// <summary>Collects layers and probes until Guest is ready.</summary>
    public static async Task<IPreparedSandbox> WaitAsync(
        Process process, GuestChannel channel, SessionGroup group, GuestStart start, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            var layers = start.Layers.ToList();
            var probes = ProbeReport.None;
            while (await channel.ReceiveAsync(cancellationToken) is { } line)
            {
                switch (line.Type)
                {
                    case GuestEvent.Layer:
                        layers.Add(new SandboxLayer(line.Name ?? "", true, line.Detail ?? ""));
                        break;
                    case GuestEvent.LayerMissing:
                        layers.Add(new SandboxLayer(line.Name ?? "", false, line.Detail ?? ""));
                        break;
                    case GuestEvent.Probed:
                        probes = new ProbeReport((int)(line.Count ?? 0), line.Detail ?? "", (line.Name ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));
                        break;
                    case GuestEvent.Failed:
                        throw new SandboxException(line.Detail ?? "Guest failed", line.Name);
                    case GuestEvent.Ready:
                        return new PreparedSandbox(process, channel, group, start.FreezesInside, layers, probes, time);
                }
            }

            var words = (await process.StandardError.ReadToEndAsync(cancellationToken)).Trim();
            throw new SandboxException($"the sandbox ended before it was ready: {words}");
        }
        catch
        {
            channel.Dispose();
            throw;
        }
    }

    public async Task<ISandbox> StartAsync(AgentStart agent, CancellationToken cancellationToken)
    {
        handedOn = true;
        var early = new List<GuestEvent>(); // what a fast agent did before Guest's word that it runs: observations are never dropped
        try
        {
            await channel.SendAsync(new GuestCommand(GuestCommand.Start) { Agent = agent });
            while (await channel.ReceiveAsync(cancellationToken) is { } line)
            {
                switch (line.Type)
                {
                    case GuestEvent.Failed:
                        throw new SandboxException(line.Detail ?? "Guest failed", line.Name);
                    case GuestEvent.Started or GuestEvent.ExecFailed:
                        return Running(new GuestLine(channel, agent.Terminal is not null, early));
                    default:
                        early.Add(line);
                        break;
                }
            }

            var words = (await process.StandardError.ReadToEndAsync(cancellationToken)).Trim();
            throw new SandboxException($"the sandbox ended before the agent started: {words}");
        }
        catch
        {
            await EndAsync();
            throw;
        }
    }

    private GuestSandbox Running(GuestLine line) =>
        new(process, channel, line, freezesInside ? new InnerFreezer(channel, line, time) : new ProcessTree(process.Id, time), group, Layers, time);

    public ValueTask DisposeAsync() => handedOn ? ValueTask.CompletedTask : EndAsync();

    private async ValueTask EndAsync()
    {
        channel.KillInit();
        channel.Dispose();
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None);
        await group.RemoveAsync();
        process.Release();
    }
}

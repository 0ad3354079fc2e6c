using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Freezing;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.AgentRunner.Sandbox.Usage;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Guest;

/// <summary>A running sandbox with Guest as its PID 1, whatever built it: the outer process and the line inside.</summary>
internal sealed class GuestSandbox : ISandbox
{
    /// <summary>How long PID 1 has to end everything by itself before the outer process is killed, which the kernel then spreads.</summary>
    private static readonly TimeSpan KillPatience = TimeSpan.FromMilliseconds(500);

    private readonly Process process;
    private readonly GuestChannel channel;
    private readonly SessionGroup group;
    private readonly TimeProvider time;
    private readonly IFreezer freezer;

    private readonly GuestLine line;

    public GuestSandbox(Process process, GuestChannel channel, GuestLine line, IFreezer freezer, SessionGroup group, IReadOnlyList<SandboxLayer> layers, TimeProvider time)
    {
        (this.process, this.channel, this.line, this.freezer, this.group, this.time, Layers) = (process, channel, line, freezer, group, time, layers);
        (StandardInput, StandardOutput, StandardError) = (process.StandardInput.BaseStream, process.StandardOutput.BaseStream, process.StandardError.BaseStream);
        Exited = WaitAsync();
    }

    public Stream StandardInput { get; }

    public Stream StandardOutput { get; }

    public Stream StandardError { get; }

    public IReadOnlyList<SandboxLayer> Layers { get; }

    public IGuestJob? Terminal => line.Terminal;

    public IAsyncEnumerable<GuestEvent> Events => line.Observed;

    public Task<int> Exited { get; }

    public bool UsesMoreThan(long memoryBytes) => group.Directories.Count == 0 && MemoryUse.Exceeds(process.Id, memoryBytes);

    public Task SignalAsync(int signal) => channel.SendAsync(new GuestCommand(GuestCommand.Signal) { Number = signal });

    public Task<IGuestJob> ExecAsync(AgentStart what) => line.ExecAsync(what);

    public Task FreezeAsync() => Task.Run(freezer.StopAsync);

    public Task ThawAsync() => Task.Run(freezer.ContinueAsync);

    public async Task KillAsync()
    {
        await channel.SendAsync(new GuestCommand(GuestCommand.Stop) { Number = 0 });
        if (await Task.WhenAny(Exited, Task.Delay(KillPatience, time)) != Exited)
        {
            channel.KillInit();
            process.Kill();
            await Exited;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!Exited.IsCompleted)
        {
            await KillAsync();
        }

        channel.Dispose();
        process.Release();
    }

    /// <summary>The outer process reports PID 1's end only after everything in its namespace is gone; the group is then empty.</summary>
    private async Task<int> WaitAsync()
    {
        await process.WaitForExitAsync();
        await group.RemoveAsync();
        return process.ExitCode;
    }
}

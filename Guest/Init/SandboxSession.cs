using System.Net.Sockets;
using System.Runtime.InteropServices;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Dns;
using SecureAgent.Guest.Freezing;
using SecureAgent.Guest.Jobs;
using SecureAgent.Guest.Native;
using SecureAgent.Guest.Network;
using SecureAgent.Guest.Probes;
using SecureAgent.Guest.Relay;

namespace SecureAgent.Guest.Init;

/// <summary>One run of the agent, from the first listener to the last process.</summary>
internal sealed class SandboxSession : IAsyncDisposable
{
    private static readonly TimeSpan LastProcesses = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource stop = new();
    private readonly Reaper reaper;
    private readonly JobTable jobs;
    private readonly AgentFreezer freezer = new(TimeProvider.System);
    private readonly List<LoopbackRelay> relays = [];
    private readonly List<PosixSignalRegistration> signals = [];
    private readonly GuestConfig config;
    private readonly string configFile;
    private readonly RunnerChannel runner;
    private DnsSink? dns;
    private BypassCatcher? bypass;

    public SandboxSession(GuestConfig config, string configFile, RunnerChannel runner)
    {
        (this.config, this.configFile, this.runner) = (config, configFile, runner);
        reaper = new Reaper();
        jobs = new JobTable(configFile, config.AgentUid, reaper, runner);
    }

    public async Task<int> RunAsync()
    {
        using var agent = reaper.Spawn(() => AgentProcess.Spawn(configFile, probe: true), out var exited);
        Listen();
        if (await runner.ReceiveAsync() is not { Type: GuestCommand.Begin })
        {
            throw new GuestException("the runner is gone");
        }

        agent.LetProbe();
        if (!await PrepareAsync(agent))
        {
            return ExitCodes.SandboxFailed;
        }

        if (await runner.ReceiveAsync() is not { Type: GuestCommand.Start, Agent: { } start })
        {
            throw new GuestException("the runner did not start the agent");
        }

        if (start.GatesOpen)
        {
            RequireGates();
        }

        relays.ForEach(relay => _ = relay.RunAsync(stop.Token));

        if (start.Terminal is { } size)
        {
            start = jobs.WithTerminal(start, size);
        }

        ForwardSignals(agent);
        await runner.SendAsync(await Task.Run(() => agent.Start(start)));
        var obeying = ObeyAsync(agent);
        var exit = await exited;
        await EndOthersAsync();
        await jobs.FinishAgentAsync();
        bypass?.Drain();
        await runner.SendAsync(new GuestEvent(GuestEvent.Exited)
        {
            Code = exit.ExitCode,
            Signal = exit.Signal == 0 ? null : exit.Signal,
        });
        return exit.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        signals.ForEach(signal => signal.Dispose());
        relays.ForEach(relay => relay.Dispose());
        dns?.Dispose();
        stop.Dispose();
    }

    /// <summary>False when the stage gave up; the runner has been told why.</summary>
    private async Task<bool> PrepareAsync(AgentProcess agent)
    {
        var reports = await Task.Run(agent.ReadReports);
        foreach (var report in reports.Where(report => report.Type != GuestEvent.Prepared))
        {
            await runner.SendAsync(report);
        }

        if (reports is not [.., { Type: GuestEvent.Prepared }])
        {
            await runner.SendAsync(new GuestEvent(GuestEvent.Failed) { Detail = "the exec stage ended before it was ready" });
            return false;
        }

        await runner.SendAsync(new GuestEvent(GuestEvent.Ready));
        return true;
    }

    /// <summary>The way behind each port: the gate's socket takes a connection from here.</summary>
    private void RequireGates()
    {
        foreach (var relay in config.Relays)
        {
            if (Attempt.ConnectUnix(relay.Socket) is var errno and not 0)
            {
                throw new GuestException($"the gate behind port {relay.Port} does not answer: {Marshal.GetPInvokeErrorMessage(errno)}", SandboxLayers.Relays);
            }
        }

        relays.RemoveAll(relay => relay.HandOver());
    }

    private void Listen()
    {
        try
        {
            foreach (var wanted in config.Relays)
            {
                var relay = new LoopbackRelay(wanted.Port, wanted.Socket, wanted.MaxConnections, wanted.HandsOver);
                relays.Add(relay);
                relay.Listen();
            }

            if (config.DnsPort != 0)
            {
                dns = new DnsSink(config.DnsPort, ReportLookupAsync, TimeProvider.System);
                dns.Listen();
                _ = dns.RunAsync(stop.Token);
            }
        }
        catch (SocketException failure)
        {
            throw new GuestException($"cannot listen on the sandbox's loopback ports: {failure.Message}", SandboxLayers.Relays, failure);
        }

        if (config.PacketDescriptor != 0)
        {
            bypass = new BypassCatcher(config.PacketDescriptor, ReportBypass);
            bypass.Start();
        }
    }

    private ValueTask ReportLookupAsync(DnsQuestion question, CancellationToken stop) =>
        runner.SendAsync(new GuestEvent(GuestEvent.Dns) { Name = question.Name, RecordType = question.Type }, stop);

    /// <summary>On the catcher's own thread; waits when the runner is slow, and the kernel's queue then bounds what is kept.</summary>
    private void ReportBypass(BypassAttempt attempt) => runner.SendAsync(new GuestEvent(GuestEvent.Bypass)
    {
        Protocol = attempt.Protocol,
        Name = attempt.Address.ToString(),
        Port = attempt.Port,
    }).AsTask().Wait();

    private void ForwardSignals(AgentProcess agent)
    {
        foreach (var (signal, number) in new[]
        {
            (PosixSignal.SIGTERM, Linux.SIGTERM), (PosixSignal.SIGINT, Linux.SIGINT),
            (PosixSignal.SIGHUP, Linux.SIGHUP), (PosixSignal.SIGQUIT, Linux.SIGQUIT),
        })
        {
            signals.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                agent.Signal(number);
            }));
        }
    }

    private async Task ObeyAsync(AgentProcess agent)
    {
        while (await runner.ReceiveAsync() is { } command)
        {
            switch (command.Type)
            {
                case var _ when jobs.Obey(command):
                    break;
                case GuestCommand.Signal:
                    agent.Signal(command.Number);
                    break;
                case GuestCommand.Freeze:
                    _ = Task.Run(async () => await runner.SendAsync(new GuestEvent(GuestEvent.Frozen) { Detail = await freezer.StopAsync() }));
                    break;
                case GuestCommand.Thaw:
                    freezer.Continue();
                    break;
                case GuestCommand.Stop when command.Number == 0:
                    KillEverything();
                    break;
                case GuestCommand.Stop:
                    agent.Signal(Linux.SIGTERM);
                    _ = KillAfterAsync(TimeSpan.FromMilliseconds(command.Number));
                    break;
            }
        }

        KillEverything(); // nobody is left to answer to
    }

    private static async Task KillAfterAsync(TimeSpan grace)
    {
        await Task.Delay(grace, TimeProvider.System);
        KillEverything();
    }

    /// <summary>What outlives the agent was started by it. Waits shortly so that nothing still writes when the exit is reported.</summary>
    private async Task EndOthersAsync()
    {
        KillEverything();
        await Task.WhenAny(reaper.NobodyLeft, Task.Delay(LastProcesses, TimeProvider.System));
    }

    /// <summary>From PID 1, -1 is every process of the namespace but itself.</summary>
    private static void KillEverything() => _ = Libc.Kill(-1, Linux.SIGKILL);
}

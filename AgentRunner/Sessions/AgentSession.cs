using System.Diagnostics;
using Google.Protobuf;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Mcp;
using SecureAgent.AgentRunner.Reports;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Contracts.Guest;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Policy;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>One agent from its first instruction to its summary.</summary>
/// <remarks>The end has one order whatever the cause: cut at the gates, sandbox dead, records complete, summary, readers told.</remarks>
internal sealed class AgentSession : IDisposable
{
    private const int ChunkBytes = 32 * 1024;

    private readonly SessionServices services;
    private readonly ISandbox sandbox;
    private readonly FreezeSwitch freeze;
    private readonly CancellationTokenSource over = new();
    private readonly TaskCompletionSource<Summary> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly long began;
    private long outputBytes;
    private string? endReason;

    public AgentSession(SessionIdentity identity, SessionPlan plan, ISandbox sandbox, SessionServices services)
    {
        (Identity, Plan, this.sandbox, this.services) = (identity, plan, sandbox, services);
        began = services.Time.GetTimestamp();
        Output = new OutputBuffer(services.ReplayBytes, services.Time);
        freeze = new FreezeSwitch(identity, sandbox, services.Gates, services.Audit);
    }

    public SessionIdentity Identity { get; }

    public SessionPlan Plan { get; private set; }

    public OutputBuffer Output { get; }

    /// <summary>Ended, frozen and thawed with this session.</summary>
    public McpServers Servers { get; init; } = McpServers.None;

    /// <summary>Of an MCP server: what it reads and what it writes. Nobody else does either.</summary>
    public (Stream Input, Stream Output) ServerStreams => (sandbox.StandardInput, sandbox.StandardOutput);

    /// <summary>Completes when everything of the session is over.</summary>
    public Task<Summary> Ended => ended.Task;

    public Task SignalAsync(int signal) => sandbox.SignalAsync(signal);

    public async Task WriteStdinAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
    {
        if (sandbox.Terminal is { } terminal)
        {
            await terminal.WriteAsync(bytes, cancellationToken);
            return;
        }

        if (Plan.IsServer)
        {
            return; // what it reads is the agent's alone
        }

        try
        {
            await sandbox.StandardInput.WriteAsync(bytes, cancellationToken);
            await sandbox.StandardInput.FlushAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException)
        {
            // The agent has closed its input or is gone; what is written to nobody is lost, as on a terminal.
        }
    }

    /// <summary>Nothing on a terminal that has lost its client.</summary>
    public Task ResizeAsync(TerminalSize size) => sandbox.Terminal?.ResizeAsync(size) ?? Task.CompletedTask;

    /// <summary>On record before it starts.</summary>
    public async Task<IGuestJob> ExecAsync(IReadOnlyList<string> command, Terminal? terminal)
    {
        await services.Audit.AppendDurableAsync(new AuditEntry("session.exec", AuditPlanes.Session)
        {
            Session = Identity.Id, Trace = Identity.TraceId, Facts = [AuditFact.Of("program", command[0]), AuditFact.Of("arguments", command.Count - 1), AuditFact.Of("terminal", terminal is not null)],
        });
        return await sandbox.ExecAsync(services.Starts.Of(command, terminal));
    }

    /// <summary>The end of the client's input is not the end of a terminal.</summary>
    public void CloseStdin()
    {
        if (Plan.IsServer)
        {
            return;
        }

        try
        {
            sandbox.StandardInput.Close();
        }
        catch (IOException)
        {
            // Unwritten bytes for an agent that is gone.
        }
    }

    /// <summary>Ends the session for this reason, unless it is ending already, and waits until it is over.</summary>
    public async Task<Summary> EndAsync(string reason)
    {
        if (Interlocked.CompareExchange(ref endReason, reason, null) is null)
        {
            await Task.WhenAll(services.Gates.CloseAsync(Identity.Id, EndReasons.ForGates(reason)), sandbox.KillAsync());
        }

        return await Ended;
    }

    /// <summary>Null when it is not over by then.</summary>
    public async Task<Summary?> EndWithinAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            return await Ended.WaitAsync(limit, services.Time, cancellationToken);
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            return null;
        }
    }

    public bool IsFrozen => freeze.IsFrozen && !Ended.IsCompleted;

    /// <summary>Stops the agent where it stands and closes its doors. A session that cannot be frozen is ended.</summary>
    /// <param name="why">For the record and the operator: <c>operator</c>, or what tripped the alarm.</param>
    public async Task FreezeAsync(string why)
    {
        try
        {
            if (await freeze.FreezeAsync(why))
            {
                await Servers.FreezeAsync($"{why}, session {Identity.Id}");
                services.Log.SessionFrozen(Identity.Id, why);
                await NotifyAsync("frozen", $"session {Identity.Id} is frozen ({why}); look at it, then: secure-agent session thaw {Identity.Id}, or session kill {Identity.Id}");
            }
        }
        catch (Exception failure) when (failure is SandboxException or IOException)
        {
            services.Log.FreezeFailed(failure, Identity.Id);
            await EndAsync(EndReasons.Killed);
        }
    }

    public async Task ThawAsync()
    {
        await Servers.ThawAsync();
        if (await freeze.ThawAsync())
        {
            await NotifyAsync("thawed", $"session {Identity.Id} goes on");
        }
    }

    /// <summary>An alarm freezes; it is on the gate's record already.</summary>
    public Task AlarmAsync(Alarm alarm) => FreezeAsync($"alarm: {alarm.Reason} {alarm.Plane} {UntrustedText.Unambiguous(alarm.Subject)}");

    public void Dispose()
    {
        over.Dispose();
        freeze.Dispose();
    }

    /// <summary>The gates have it already.</summary>
    public void GoOnUnder(SessionPlan plan)
    {
        Plan = plan;
        Tell("policy_changed", $"session {Identity.Id} goes on under {plan.PolicySource}, profile {plan.Profile.Name}");
    }

    /// <summary>Without waiting for a client that does not read: others' sessions wait behind the caller.</summary>
    public void Tell(string code, string text) => _ = NotifyAsync(code, text).AsTask();

    private ValueTask NotifyAsync(string code, string text) =>
        Output.AppendAsync(new SessionEvent { Notice = new Notice { Code = code, Text = text } }, text.Length, CancellationToken.None);

    /// <summary>Runs until the session is over; started once.</summary>
    public async Task RunAsync()
    {
        try
        {
            var pumps = Task.WhenAll(
                Plan.IsServer ? Task.CompletedTask : PumpAsync(sandbox.StandardOutput, bytes => new SessionEvent { Stdout = bytes }),
                PumpAsync(sandbox.StandardError, bytes => new SessionEvent { Stderr = bytes }),
                PumpTerminalAsync());
            var closing = CloseAfterAsync(WatchAsync());
            var clock = Task.WhenAll(EndAtWallClockAsync(), EndAtMemoryAsync());
            var code = await sandbox.Exited;
            Output.StopWaiting();
            await Task.WhenAll(pumps, closing);
            await over.CancelAsync();
            await clock;
            await FinishAsync(code);
        }
        catch (Exception failure)
        {
            services.Log.EndFailed(failure, Identity.Id);
            await sandbox.KillAsync();
            await Servers.EndAsync(NotifyAsync);
            await services.Gates.CloseAsync(Identity.Id, EndReasons.ForGates(EndReasons.Failed));
            await FinishAsync(ExitCodeOfFailure, EndReasons.Failed);
        }
    }

    /// <summary>PID 1 speaks until it ends, and everything in the sandbox with it: the gates are closed while the kernel takes the rest down.</summary>
    private async Task CloseAfterAsync(Task watching)
    {
        await watching;
        Interlocked.CompareExchange(ref endReason, EndReasons.Exited, null);
        await Servers.EndAsync(NotifyAsync);
        await services.Gates.CloseAsync(Identity.Id, EndReasons.ForGates(endReason!));
    }

    private const int ExitCodeOfFailure = 125;

    private async Task FinishAsync(int code, string? reason = null)
    {
        reason ??= endReason!;
        await sandbox.DisposeAsync();
        await CollectAsync();
        services.Release(Identity);
        var took = services.Time.GetElapsedTime(began);
        var recorded = EndRecord.TryWrite(services, Identity, reason, code, took, outputBytes);
        var summary = services.Reporter.Summarise(this, reason, code, took, recorded);
        services.Log.SessionEnded(Identity.Id, reason, code);
        services.Telemetry.Ended(reason);
        Identity.Activity?.SetTag("secureagent.end_reason", reason);
        Identity.Activity?.Dispose();
        Output.Complete(new SessionEvent { Ended = summary });
        ended.TrySetResult(summary);
    }

    /// <summary>Nothing of the agent runs any more: what it left in its copy cannot change under the look.</summary>
    private async Task CollectAsync()
    {
        if (!Plan.IsCopied)
        {
            return;
        }

        try
        {
            var collected = await services.Gates.CollectAsync(Identity.Id);
            if (collected.Refused > 0)
            {
                await NotifyAsync("refused", $"{collected.Refused} changes in /workspace may not come back; see: secure-agent audit show --denied --session {Identity.Id}");
            }
        }
        catch (Exception failure) when (failure is GateException)
        {
            services.Log.CopyLost(failure, Identity.Id);
            await NotifyAsync("copy_lost", $"what the agent did in /workspace could not be taken back: {failure.Message}");
        }
    }

    private async Task PumpAsync(Stream from, Func<ByteString, SessionEvent> wrap)
    {
        var buffer = new byte[ChunkBytes];
        while (await from.ReadAsync(buffer) is var count and > 0 && await TakeOutputAsync(wrap(ByteString.CopyFrom(buffer, 0, count)), count))
        {
        }
    }

    private async Task PumpTerminalAsync()
    {
        if (sandbox.Terminal is { } terminal)
        {
            await foreach (var next in terminal.ReadAsync(CancellationToken.None))
            {
                if (!await TakeOutputAsync(new SessionEvent { Stdout = UnsafeByteOperations.UnsafeWrap(next.Bytes) }, next.Bytes.Length))
                {
                    return;
                }
            }
        }
    }

    /// <summary>False at the limit.</summary>
    private async ValueTask<bool> TakeOutputAsync(SessionEvent output, int count)
    {
        if (Interlocked.Add(ref outputBytes, count) > Plan.Profile.Sandbox.OutputBytes)
        {
            Deny("output", ReasonCode.OutputLimit, AuditFact.Of("limitBytes", Plan.Profile.Sandbox.OutputBytes));
            _ = EndAsync(EndReasons.OutputLimit);
            return false;
        }

        await Output.AppendAsync(output, count, CancellationToken.None);
        return true;
    }

    /// <summary>Every look-up and every packet around the proxy is a refused attempt at the network, and recorded as one.</summary>
    private async Task WatchAsync()
    {
        await foreach (var seen in sandbox.Events)
        {
            switch (seen.Type)
            {
                case GuestEvent.Dns when DecoyHosts.IsDecoy(Plan.Profile, seen.Name ?? ""):
                    await TripAsync(AuditPlanes.Dns, seen.Name ?? "", AuditFact.Of("type", seen.RecordType));
                    break;
                case GuestEvent.Bypass when DecoyHosts.IsDecoy(Plan.Profile, seen.Name ?? ""):
                    await TripAsync(AuditPlanes.Egress, Endpoint(seen), AuditFact.Of("protocol", seen.Protocol));
                    break;
                case GuestEvent.Dns:
                    Record(AuditPlanes.Dns, seen.Name ?? "", ReasonCode.DnsSink, AuditFact.Of("type", seen.RecordType));
                    break;
                case GuestEvent.Bypass:
                    Record(AuditPlanes.Egress, Endpoint(seen), ReasonCode.ProxyBypassed, AuditFact.Of("protocol", seen.Protocol));
                    break;
            }
        }
    }

    /// <summary>A decoy was looked up, or sent a packet, inside the sandbox. The freeze does not wait for the record.</summary>
    private async Task TripAsync(string plane, string subject, AuditFact fact)
    {
        _ = FreezeAsync($"alarm: {ReasonCode.HoneypotTouched.Name()} {plane} {UntrustedText.Unambiguous(subject)}");
        try
        {
            await services.Audit.AppendDurableAsync(new AuditEntry(AuditKinds.Alarm, plane)
            {
                Session = Identity.Id, Subject = subject, Decision = Decision.Deny(ReasonCode.HoneypotTouched, DecoyHosts.Rule), Trace = Identity.TraceId, Facts = [fact],
            });
        }
        catch (AuditUnavailableException failure)
        {
            // No record, no session.
            services.Log.AuditUnavailable(failure, Identity.Id);
            _ = EndAsync(EndReasons.Failed);
        }
    }

    private static string Endpoint(GuestEvent seen) =>
        seen.Name?.Contains(':', StringComparison.Ordinal) == true ? $"[{seen.Name}]:{seen.Port}" : $"{seen.Name}:{seen.Port}";

    private async Task EndAtWallClockAsync()
    {
        try
        {
            await Task.Delay(Plan.Profile.Sandbox.WallClock, services.Time, over.Token);
            Deny("wallClock", ReasonCode.WallClock, AuditFact.Of("limitMs", (long)Plan.Profile.Sandbox.WallClock.TotalMilliseconds));
            _ = EndAsync(EndReasons.WallClock);
        }
        catch (OperationCanceledException)
        {
            // The session was faster.
        }
    }

    private async Task EndAtMemoryAsync()
    {
        if (await MemoryWatch.ExceedsAsync(sandbox, Plan.Profile.Sandbox.MemoryBytes, services.Time, over.Token))
        {
            Deny("memory", ReasonCode.MemoryLimit, AuditFact.Of("limitBytes", Plan.Profile.Sandbox.MemoryBytes));
            _ = EndAsync(EndReasons.MemoryLimit);
        }
    }

    private void Deny(string subject, ReasonCode reason, AuditFact limit) => Record(AuditPlanes.Session, subject, reason, limit);

    private void Record(string plane, string subject, ReasonCode reason, AuditFact fact)
    {
        try
        {
            services.Audit.Append(new AuditEntry(AuditKinds.Decision, plane)
            {
                Session = Identity.Id, Subject = subject, Decision = Decision.Deny(reason), Trace = Identity.TraceId, Facts = [fact],
            });
        }
        catch (AuditUnavailableException failure)
        {
            // No record, no session.
            services.Log.AuditUnavailable(failure, Identity.Id);
            _ = EndAsync(EndReasons.Failed);
        }
    }
}

/// <summary>Who a session is on this machine.</summary>
/// <param name="Before">Where the audit chains stood when it began.</param>
/// <param name="Activity">The session's span, parent of everything the gates do for it; null when nothing listens.</param>
internal sealed record SessionIdentity(
    string Id, uint Uid, string Directory, DateTimeOffset Started, AuditPosition Before, Activity? Activity, string TraceParent, string TraceId);

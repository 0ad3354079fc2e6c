using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Mcp;
using SecureAgent.AgentRunner.Reports;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Secrets;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>
/// Starts one session: on record, open on every gate, then the sandbox. Whatever fails on the way undoes what came before it.
/// </summary>
internal sealed class SessionStarter(
    SandboxService sandboxes,
    SandboxPool pool,
    GateSet gates,
    AuditLog audit,
    SessionReporter reporter,
    AgentRunnerTelemetry telemetry,
    ComponentContext component,
    IOptions<AgentRunnerOptions> options,
    TimeProvider time,
    ILogger<SessionStarter> log)
{
    /// <summary>An MCP server of a session runs: it is looked after from now on, before its first answer.</summary>
    public event Action<AgentSession>? ServerStarted;

    public async Task<AgentSession> StartAsync(SessionPlan plan, CancellationToken cancellationToken)
    {
        var asked = time.GetTimestamp();
        var kind = SandboxKind.Of(plan.Profile.Sandbox with { Driver = plan.Driver.Driver.Name }, plan.AllowDegraded, SecretDoor.IsAsked(plan.Profile));
        var pooled = plan.IsCopied || plan.Servers.Count > 0 ? null : await pool.TakeAsync(kind);
        await using var ready = pooled?.Sandbox;
        var identity = Identify(pooled);
        var servers = McpServers.None;
        try
        {
            // Built while the record is written and the gates open: nothing in it runs before its word. A private copy is there first.
            var building = ready is null && !plan.IsCopied ? BuildAsync(kind, identity, plan, cancellationToken) : null;
            var opened = await OpenAsync(identity, plan, ready?.Probes, building, cancellationToken);
            servers = await StartServersAsync(identity, plan, building, cancellationToken);
            await using var built = ready is null ? await (building ?? BuildAsync(kind, identity, plan, cancellationToken)) : null;
            var prepared = ready ?? built!;
            var trust = TrustFiles.Write(identity.Directory, opened.Select(gate => gate.Authority));
            if (ready is null)
            {
                RecordProbes(identity, prepared.Probes);
            }

            var starts = new AgentStarts(identity.Id, sandboxes.Host.Program, plan.Profile.Sandbox, [.. kind.HasSecretDoor ? trust.Concat(AgentEnvironment.SecretDoor) : trust, .. McpServers.Variables(plan)]);
            var sandbox = await prepared.StartAsync(starts.First(plan.Command, plan.Terminal), cancellationToken);
            log.SessionStarted(identity.Id, plan.Profile.Name);
            telemetry.Started(time.GetElapsedTime(asked));
            var session = new AgentSession(identity, plan, sandbox, new SessionServices(gates, audit, reporter, telemetry, time, log, options.Value.ReplayBytes, starts, Release)) { Servers = servers };
            if (plan.IsServer)
            {
                ServerStarted?.Invoke(session);
            }

            return session;
        }
        catch (Exception failure)
        {
            await servers.EndAsync((_, _) => ValueTask.CompletedTask);
            await UndoAsync(identity, failure);
            throw failure switch
            {
                GateException gate => new SessionRefusedException(
                    gate.Status is StatusCode.InvalidArgument or StatusCode.FailedPrecondition ? gate.Status : StatusCode.Unavailable, gate.Message, gate),
                SandboxException { Layer: { } layer } => new SessionRefusedException(StatusCode.Unavailable, $"sandbox layer {layer} is missing: {failure.Message}", failure),
                SandboxException or AuditUnavailableException => new SessionRefusedException(StatusCode.Unavailable, failure.Message, failure),
                _ => failure,
            };
        }
    }

    private static Task<IPreparedSandbox> BuildAsync(SandboxKind kind, SessionIdentity identity, SessionPlan plan, CancellationToken cancellationToken) =>
        plan.Driver.Driver.PrepareAsync(kind.Request(identity.Id, identity.Directory, identity.Uid) with { HasWorkspace = plan.IsCopied, McpServers = [.. plan.Servers.Select(server => server.Server)] }, cancellationToken);

    /// <summary>Before the agent, which finds them there; each is linked to this session on record.</summary>
    private async Task<McpServers> StartServersAsync(SessionIdentity identity, SessionPlan plan, Task<IPreparedSandbox>? building, CancellationToken cancellationToken)
    {
        try
        {
            return await McpServers.StartAsync(plan, identity, StartAsync, audit, cancellationToken);
        }
        catch
        {
            await DiscardAsync(building);
            throw;
        }
    }

    /// <summary>On record, then on every gate; on disk before anything of it runs.</summary>
    private async Task<OpenSessionResponse[]> OpenAsync(
        SessionIdentity identity, SessionPlan plan, ProbeReport? ready, Task<IPreparedSandbox>? building, CancellationToken cancellationToken)
    {
        try
        {
            var started = RecordStartAsync(identity, plan);
            if (ready is not null)
            {
                RecordProbes(identity, ready);
            }

            var opening = gates.OpenAsync(OpenRequest(identity, plan), plan.IsCopied, cancellationToken);
            await Task.WhenAll(started, opening);
            return await opening;
        }
        catch
        {
            await DiscardAsync(building);
            throw;
        }
    }

    /// <summary>Whatever becomes of it, its directory and uid are given back only afterwards.</summary>
    private static async Task DiscardAsync(Task<IPreparedSandbox>? building)
    {
        if (building is null)
        {
            return;
        }

        await building.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        if (building.IsCompletedSuccessfully)
        {
            await (await building).DisposeAsync();
        }
    }

    private SessionIdentity Identify(PooledSandbox? pooled)
    {
        var id = pooled?.Id ?? Identifiers.New("s");
        var before = AuditReader.Capture(component.AuditRoot);
        var activity = ServiceTelemetry.Source.StartActivity("session", ActivityKind.Internal);
        activity?.SetTag("secureagent.session", id);
        var trace = activity?.Context ?? Activity.Current?.Context
            ?? new ActivityContext(ActivityTraceId.CreateRandom(), ActivitySpanId.CreateRandom(), ActivityTraceFlags.None);
        var uid = pooled?.Uid ?? sandboxes.Host.Uids.Take();
        try
        {
            var directory = pooled?.Directory ?? SessionDirectory.Create(component.RunDirectory, id, uid);
            var parent = $"00-{trace.TraceId.ToHexString()}-{trace.SpanId.ToHexString()}-{(int)trace.TraceFlags:x2}";
            return new SessionIdentity(id, uid, directory, time.GetUtcNow(), before, activity, parent, trace.TraceId.ToHexString());
        }
        catch
        {
            sandboxes.Host.Uids.Return(uid);
            activity?.Dispose();
            throw;
        }
    }

    private async Task RecordStartAsync(SessionIdentity identity, SessionPlan plan)
    {
        foreach (var layer in plan.Degraded)
        {
            audit.Append(new AuditEntry("session.degraded", AuditPlanes.Session)
            {
                Session = identity.Id, Subject = layer.Name, Trace = identity.TraceId, Facts = [AuditFact.Of("detail", layer.Detail)],
            });
        }

        await audit.AppendDurableAsync(new AuditEntry("session.started", AuditPlanes.Session)
        {
            Session = identity.Id,
            Trace = identity.TraceId,
            Facts =
            [
                AuditFact.Of("profile", plan.Profile.Name),
                AuditFact.Of("workspace", plan.Workspace),
                AuditFact.Of("policySha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(plan.PolicyText)))),
                AuditFact.Of("runs", plan.What),
                AuditFact.Of("driver", plan.Driver.Words),
                AuditFact.Of("uid", identity.Uid),
                .. plan.IsServer ? (AuditFact[])[AuditFact.Of("parent", plan.Parent), AuditFact.Of("server", plan.Server)] : [],
            ],
        });
    }

    /// <summary>In the kernel before the agent's first instruction: it outlives this process. The session itself is on disk since before its gates were opened.</summary>
    private void RecordProbes(SessionIdentity identity, ProbeReport probes) => audit.Append(new AuditEntry("session.probed", AuditPlanes.Session)
    {
        Session = identity.Id,
        Trace = identity.TraceId,
        Facts = [AuditFact.Of("probes", probes.Count), AuditFact.Of("open", string.Join(' ', probes.Open)), AuditFact.Of("answers", probes.Answers)],
    });

    private static OpenSessionRequest OpenRequest(SessionIdentity identity, SessionPlan plan) => new()
    {
        SessionId = identity.Id,
        Policy = plan.PolicyText,
        Profile = plan.Profile.Name,
        Workspace = plan.Workspace,
        SessionDirectory = identity.Directory,
        SandboxUid = identity.Uid,
        CopyUid = plan.Driver.Driver.CopyUid(identity.Uid),
        Traceparent = identity.TraceParent,
    };

    private async Task UndoAsync(SessionIdentity identity, Exception failure)
    {
        await gates.CloseAsync(identity.Id, "ended");
        Release(identity);
        identity.Activity?.SetStatus(ActivityStatusCode.Error, failure.Message);
        identity.Activity?.Dispose();
        log.SessionRefused(failure.Message);
        if (failure is not AuditUnavailableException)
        {
            audit.Append(new AuditEntry("session.failed", AuditPlanes.Session)
            {
                Session = identity.Id, Trace = identity.TraceId, Facts = [AuditFact.Of("why", failure.Message)],
            });
        }
    }

    private void Release(SessionIdentity identity)
    {
        SessionDirectory.Remove(identity.Directory);
        sandboxes.Host.Uids.Return(identity.Uid);
    }
}

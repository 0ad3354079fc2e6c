using System.Reflection;
using Grpc.Core;
using Microsoft.Extensions.Options;
using SecureAgent.AgentRunner.Approvals;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Reports;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Api;

/// <summary>The operator's API: for the server's own user on its Unix socket, and for operators who logged in at the console.</summary>
internal sealed class AgentRunnerService(
    SessionManager sessions, PolicyChanger changer, ServerPolicy serverPolicy, SandboxService sandboxes, GateSet gates, ApprovalCalls approvals, AuditCalls audit, IOptions<AgentRunnerOptions> options) : Contracts.Runner.V1.AgentRunner.AgentRunnerBase
{
    private const int HighestSignal = 64;

    public override async Task<Session> CreateSession(CreateSessionRequest request, ServerCallContext context)
    {
        try
        {
            return SessionMessages.Of(await sessions.CreateAsync(request, context.CancellationToken));
        }
        catch (SessionRefusedException refusal)
        {
            throw new RpcException(new Status(refusal.Status, refusal.Message));
        }
    }

    public override async Task Attach(IAsyncStreamReader<AttachRequest> requestStream, IServerStreamWriter<SessionEvent> responseStream, ServerCallContext context)
    {
        if (!await requestStream.MoveNext(context.CancellationToken) || requestStream.Current.MessageCase != AttachRequest.MessageOneofCase.SessionId)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "the first message names the session"));
        }

        var session = Find(requestStream.Current.SessionId);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken);
        var input = TakeInputAsync(session, requestStream, over.Token);
        try
        {
            await foreach (var next in session.Output.ReadAsync(over.Token))
            {
                await responseStream.WriteAsync(next, over.Token);
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or InvalidOperationException && context.CancellationToken.IsCancellationRequested)
        {
            // The client left; the session goes on.
        }
        finally
        {
            await over.CancelAsync();
            await input;
        }
    }

    public override Task Exec(IAsyncStreamReader<ExecRequest> requestStream, IServerStreamWriter<ExecEvent> responseStream, ServerCallContext context) =>
        new ExecCall(id => FindLive(id)).RunAsync(requestStream, responseStream, context.CancellationToken);

    public override Task<Session> GetSession(GetSessionRequest request, ServerCallContext context) =>
        Task.FromResult(SessionMessages.Of(Find(request.SessionId)));

    public override Task<ListSessionsResponse> ListSessions(ListSessionsRequest request, ServerCallContext context)
    {
        var answer = new ListSessionsResponse();
        answer.Sessions.AddRange(sessions.All.Select(SessionMessages.Of));
        return Task.FromResult(answer);
    }

    public override async Task<Session> Kill(KillRequest request, ServerCallContext context)
    {
        var session = Find(request.SessionId);
        await session.EndAsync(EndReasons.Killed);
        return SessionMessages.Of(session);
    }

    public override async Task<Session> Freeze(FreezeRequest request, ServerCallContext context)
    {
        var session = FindLive(request.SessionId);
        await session.FreezeAsync("operator");
        return SessionMessages.Of(session);
    }

    public override async Task<Session> Thaw(ThawRequest request, ServerCallContext context)
    {
        var session = FindLive(request.SessionId);
        await session.ThawAsync();
        return SessionMessages.Of(session);
    }

    public override async Task<Session> ChangePolicy(ChangePolicyRequest request, ServerCallContext context)
    {
        var session = FindLive(request.SessionId);
        try
        {
            await changer.ChangeAsync(session, request.Policy, request.PolicySource is { Length: > 0 } source ? source : "policy");
            return SessionMessages.Of(session);
        }
        catch (SessionRefusedException refusal)
        {
            throw new RpcException(new Status(refusal.Status, refusal.Message));
        }
    }

    public override Task Approvals(ApprovalsRequest request, IServerStreamWriter<ApprovalEvent> responseStream, ServerCallContext context) =>
        approvals.WatchAsync(request, responseStream, context);

    public override Task<Approval> Decide(DecideRequest request, ServerCallContext context) => approvals.DecideAsync(request);

    public override Task ReadAudit(ReadAuditRequest request, IServerStreamWriter<AuditLine> responseStream, ServerCallContext context) =>
        audit.ReadAsync(request, responseStream, context);

    public override Task<AuditVerdict> VerifyAudit(VerifyAuditRequest request, ServerCallContext context) => Task.FromResult(audit.Verify());

    public override async Task<ServerStatus> GetStatus(GetStatusRequest request, ServerCallContext context)
    {
        var status = new ServerStatus
        {
            Version = typeof(AgentRunnerService).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            ProcessId = Environment.ProcessId,
        };
        status.Layers.AddRange(sandboxes.Host.Layers.Select(layer => new Layer
        {
            Name = layer.Name, Present = layer.Present, Detail = layer.Detail, DegradedAccepted = !layer.Present && options.Value.AllowDegraded.Contains(layer.Name),
        }));
        var health = await gates.HealthAsync(context.CancellationToken);
        status.Gates.AddRange(GateSet.Names.Select(name => new GateStatus { Name = name, Healthy = health[name] }));
        if (options.Value.PolicyFile.Length > 0)
        {
            (status.Policy, status.PolicySource) = OrRefusal(serverPolicy.Read);
        }

        return status;
    }

    private static T OrRefusal<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (SessionRefusedException refusal)
        {
            throw new RpcException(new Status(refusal.Status, refusal.Message));
        }
    }

    private AgentSession Find(string id) =>
        sessions.Find(id) ?? throw new RpcException(new Status(StatusCode.NotFound, $"there is no session '{id}'"));

    private AgentSession FindLive(string id) => Find(id) is { Ended.IsCompleted: false } session
        ? session
        : throw new RpcException(new Status(StatusCode.FailedPrecondition, $"session '{id}' has ended"));

    private static async Task TakeInputAsync(AgentSession session, IAsyncStreamReader<AttachRequest> requests, CancellationToken over)
    {
        try
        {
            while (await requests.MoveNext(over))
            {
                switch (requests.Current.MessageCase)
                {
                    case AttachRequest.MessageOneofCase.Stdin:
                        await session.WriteStdinAsync(requests.Current.Stdin.Memory, over);
                        break;
                    case AttachRequest.MessageOneofCase.StdinClosed:
                        session.CloseStdin();
                        break;
                    case AttachRequest.MessageOneofCase.Signal when requests.Current.Signal is > 0 and <= HighestSignal:
                        await session.SignalAsync(requests.Current.Signal);
                        break;
                    case AttachRequest.MessageOneofCase.Resize:
                        SessionRequestValidator.CheckTerminal(requests.Current.Resize);
                        await session.ResizeAsync(AgentStarts.SizeOf(requests.Current.Resize)!);
                        break;
                }
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or InvalidOperationException or RpcException or SessionRefusedException)
        {
            // The client is gone, or the session: either way there is no more input.
        }
    }
}

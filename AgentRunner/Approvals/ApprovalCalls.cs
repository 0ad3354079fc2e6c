using Grpc.Core;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Approvals;

/// <summary><c>Approvals</c> and <c>Decide</c> of the operator's API.</summary>
internal sealed class ApprovalCalls(ApprovalQueue queue, SessionManager sessions, IHostApplicationLifetime lifetime)
{
    public async Task WatchAsync(ApprovalsRequest request, IServerStreamWriter<ApprovalEvent> answer, ServerCallContext context)
    {
        var only = request.SessionId.Length == 0 ? null
            : sessions.Find(request.SessionId)?.Identity.Id ?? throw new RpcException(new Status(StatusCode.NotFound, $"there is no session '{request.SessionId}'"));
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await foreach (var next in queue.WatchAsync(over.Token))
            {
                if (only is null || next.EventCase == ApprovalEvent.EventOneofCase.UpToDate || (next.Waiting ?? next.Settled).SessionId == only)
                {
                    await answer.WriteAsync(next, over.Token);
                }

                if (next.UpToDate && request.OnlyWaiting)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The operator left, or this server stops.
        }
    }

    public async Task<Approval> DecideAsync(DecideRequest request)
    {
        if (request.Allow && request.Scope is not (ApprovalScope.Once or ApprovalScope.Session))
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "scope: say for how long the answer holds, once or session"));
        }

        try
        {
            return await queue.DecideAsync(request.ApprovalId, request.Allow, request.Scope == ApprovalScope.Session);
        }
        catch (SessionRefusedException refusal)
        {
            throw new RpcException(new Status(refusal.Status, refusal.Message));
        }
    }
}

using Grpc.Core;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Copies;

/// <summary>AgentRunner takes a copy back when its sandbox is dead. Control socket only.</summary>
internal sealed class CopyService(CopyStore store, CopyCollector collector) : WorkspaceCopies.WorkspaceCopiesBase
{
    public override Task<CollectResponse> Collect(CollectRequest request, ServerCallContext context)
    {
        if (store.Take(request.SessionId) is not { } copy)
        {
            throw new RpcException(new Status(StatusCode.NotFound, $"session '{request.SessionId}' has no copy that waits"));
        }

        try
        {
            var outcome = collector.Collect(copy);
            return Task.FromResult(new CollectResponse { Changes = outcome.Changes, Refused = outcome.Refused });
        }
        catch (Exception failed) when (failed is IOException and not AuditUnavailableException)
        {
            store.Add(copy);
            throw new RpcException(new Status(StatusCode.Unavailable, failed.Message));
        }
    }
}

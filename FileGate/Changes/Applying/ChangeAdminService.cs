using Grpc.Core;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>The operator's side of change sets. Control socket only; what the operator asked for is on record, on disk, before it is done.</summary>
internal sealed class ChangeAdminService(ChangeStore store, ChangeApplier applier, AuditLog audit) : ChangeAdmin.ChangeAdminBase
{
    public override Task<ListChangeSetsResponse> List(ListChangeSetsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListChangeSetsResponse { Sets = { store.List().Select(ChangeView.Of) } });

    public override async Task Show(ShowChangeSetRequest request, IServerStreamWriter<Change> responseStream, ServerCallContext context)
    {
        var set = Find(request.Id);
        var changes = set.All();
        using var tree = HostTree.Open(set.Document.Root, set.Document.Device, set.Document.Inode);
        var held = HeldChanges.Of(set, tree?.Folder);
        var directories = ConflictCheck.Coming(tree?.Folder, changes);
        if (request.Paths.FirstOrDefault(path => set.Find(path) is null) is { } unknown)
        {
            throw Failure(StatusCode.NotFound, $"no change of '{unknown}' is in the set");
        }

        foreach (var change in changes.Where(change => request.Paths.Count == 0 || request.Paths.Contains(change.Path)))
        {
            await responseStream.WriteAsync(
                ChangeView.Of(set, change, tree?.Folder, held.GetValueOrDefault(change.Path), directories), context.CancellationToken);
        }
    }

    public override async Task<ApplyResponse> Apply(ApplyRequest request, ServerCallContext context)
    {
        if (request.All == request.Paths.Count > 0)
        {
            throw Failure(StatusCode.InvalidArgument, "name the paths to apply, or all of them, not both");
        }

        var set = Find(request.Id);
        return await DoAsync("change.apply", request.Id, request.Paths.Count, () =>
        {
            var outcome = applier.Apply(set, request.Paths);
            return new ApplyResponse
            {
                Applied = { outcome.Applied },
                Conflicts = { outcome.Conflicts.Select(conflict => new ChangeConflict { Path = conflict.Path, Why = conflict.Why }) },
                Held = { outcome.Held.Where(held => !outcome.Applied.Contains(held.Key)).Select(held => new HeldChange { Path = held.Key, Why = held.Value.Word() }) },
                Left = set.All().Count,
            };
        });
    }

    public override Task<DiscardResponse> Discard(DiscardRequest request, ServerCallContext context)
    {
        var set = Find(request.Id);
        return DoAsync("change.discard", request.Id, request.Paths.Count, () => new DiscardResponse { Discarded = { applier.Discard(set, request.Paths) } });
    }

    /// <param name="paths">How many were named; 0 is all.</param>
    private async Task<T> DoAsync<T>(string kind, string id, int paths, Func<T> act)
    {
        try
        {
            await audit.AppendDurableAsync(new AuditEntry(kind, AuditPlanes.Files) { Session = ChangeSet.SessionOf(id), Facts = [AuditFact.Of("paths", paths)] });
            return act();
        }
        catch (ApplyException refused)
        {
            throw Failure(StatusCode.FailedPrecondition, refused.Message);
        }
        catch (IOException failed)
        {
            throw Failure(StatusCode.Unavailable, failed.Message);
        }
    }

    private ChangeSet Find(string id) => store.Find(id) is { IsEmpty: false } set
        ? set
        : throw Failure(StatusCode.NotFound, $"there is no change set '{id}'{OfOtherRoots(id)}; see: secure-agent changes list");

    private string OfOtherRoots(string session) =>
        store.List().Where(set => set.Session == session).Select(set => set.Id).ToList() is { Count: > 0 } sets ? $", but {string.Join(" and ", sets)}" : "";

    private static RpcException Failure(StatusCode code, string message) => new(new Status(code, message));
}

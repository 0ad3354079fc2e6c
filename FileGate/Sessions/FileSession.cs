using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Native;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Sessions;

/// <summary>One session's root handle, grants and budgets. Without a root every path is refused by <see cref="Grants"/> being empty.</summary>
internal sealed class FileSession(SessionContext context, DescriptorHandle root, ulong mountId, IReadOnlyList<FileGrant> grants, ChangeSet changes, int maxReads)
    : IDisposable
{
    private const int MaxWatches = 4;
    private const int MaxBodies = 8;

    private readonly Dictionary<FileGrant, ByteBudget> budgets =
        grants.ToDictionary(grant => grant, grant => new ByteBudget(grant), ReferenceEqualityComparer.Instance as IEqualityComparer<FileGrant>);

    public SessionContext Context => context;

    public DescriptorHandle Root => root;

    /// <summary>Mount of the root; what lies on another mount is not part of the workspace.</summary>
    public ulong MountId => mountId;

    public IReadOnlyList<FileGrant> Grants => grants;

    /// <summary>What the session proposed.</summary>
    public ChangeSet Changes => changes;

    /// <summary>The folder without proposals.</summary>
    public HostFolder Folder { get; } = new(root);

    /// <summary>Requests with large bodies at the same time; further ones wait.</summary>
    public SemaphoreSlim BodySlots { get; } = new(MaxBodies, MaxBodies);

    /// <summary>Reads that hold a buffer at the same time; further ones wait.</summary>
    public SemaphoreSlim ReadSlots { get; } = new(maxReads, maxReads);

    /// <summary>Watches at the same time; a further one is refused.</summary>
    public SemaphoreSlim WatchSlots { get; } = new(MaxWatches, MaxWatches);

    public Honeyfiles Decoys { get; init; } = Honeyfiles.None;

    public ByteBudget BudgetOf(FileGrant grant) => budgets[grant];

    public void Dispose() => root.Dispose();
}

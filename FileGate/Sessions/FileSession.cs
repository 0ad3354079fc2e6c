using SecureAgent.FileGate.Asking;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Sessions;

/// <summary>One session's root handle, grants and budgets. Without a root every path is refused by <see cref="Grants"/> being empty.</summary>
internal sealed class FileSession(
    SessionContext context, FileMount workspace, IReadOnlyList<FileMount> others, IReadOnlyList<FileGrant> grants, int maxReads)
    : IDisposable
{
    private const int MaxWatches = 4;
    private const int MaxBodies = 8;
    private const int MaxAnswers = 2;
    private const int MaxSearches = 4;

    private readonly Dictionary<FileGrant, ByteBudget> budgets =
        grants.ToDictionary(grant => grant, grant => new ByteBudget(grant), ReferenceEqualityComparer.Instance as IEqualityComparer<FileGrant>);

    public SessionContext Context => context;

    /// <summary>The roots other than the workspace; they are seen as directories of the top.</summary>
    public IReadOnlyList<FileMount> Others => others;

    public IReadOnlyList<FileGrant> Grants => grants;

    public IEnumerable<FileMount> Mounts => others.Prepend(workspace);

    /// <summary>The root a path is in, and the path relative to it.</summary>
    public FileMount Resolve(string path, out string inner)
    {
        inner = path;
        if (others.Count == 0)
        {
            return workspace;
        }

        (var root, inner) = FileRoots.Of(grants, path);
        var name = FileRoots.NameOf(root);
        return name.Length == 0 ? workspace : others.First(mount => mount.Name == name);
    }

    public FileMount MountOf(string path) => Resolve(path, out _);

    /// <summary>Whether the directory is the top, where roots other than the workspace are seen.</summary>
    public bool IsTop(string path) => path.Length == 0 && others.Count > 0;

    /// <summary>Whether there is nothing else at the top: no workspace.</summary>
    public bool IsTopAlone(string path) => IsTop(path) && workspace.Root.IsInvalid;

    /// <summary>Requests with large bodies at the same time; further ones wait.</summary>
    public SemaphoreSlim BodySlots { get; } = new(MaxBodies, MaxBodies);

    /// <summary>Answers that hold much in memory at the same time (<see cref="Mcp.AnswerRoom"/>).</summary>
    public SemaphoreSlim AnswerSlots { get; } = new(MaxAnswers, MaxAnswers);

    /// <summary>Reads that hold a buffer at the same time; further ones wait.</summary>
    public SemaphoreSlim ReadSlots { get; } = new(maxReads, maxReads);

    /// <summary>Searches of content at the same time, whose expressions are the agent's; further ones wait.</summary>
    public SemaphoreSlim SearchSlots { get; } = new(MaxSearches, MaxSearches);

    /// <summary>Watches at the same time; a further one is refused.</summary>
    public SemaphoreSlim WatchSlots { get; } = new(MaxWatches, MaxWatches);

    public AskedPaths Asked { get; } = new();

    public Honeyfiles Decoys { get; init; } = Honeyfiles.None;

    public ByteBudget BudgetOf(FileGrant grant) => budgets[grant];

    public void Dispose()
    {
        workspace.Root.Dispose();
        foreach (var mount in others)
        {
            mount.Root.Dispose();
        }
    }
}

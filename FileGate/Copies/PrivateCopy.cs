using System.Collections.Concurrent;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;

namespace SecureAgent.FileGate.Copies;

/// <param name="HostHash">Of the host's bytes.</param>
/// <param name="CopyHash">Of the copy: another one when something was masked.</param>
/// <param name="HostMode">Permission bits of the host's file.</param>
/// <param name="Facts">Of the copy as it was made: while they hold, it was not touched.</param>
/// <param name="Masked">Secrets that the copy does not show.</param>
internal sealed record CopiedFile(string HostHash, string CopyHash, int HostMode, FileFacts Facts, int Masked);

/// <summary>The files of one session in a directory of the sandbox's own, and what was put there: <c>deliver: copy</c>.</summary>
internal sealed record PrivateCopy(FileSession Session, string Directory)
{
    public Dictionary<string, CopiedFile> Files { get; } = new(StringComparer.Ordinal);

    public HashSet<string> Directories { get; } = new(StringComparer.Ordinal);

    public long MaxBytes => Session.Grants.Sum(grant => Math.Min(grant.BudgetBytes, 1L << 50));

    /// <summary>As many files as the session may touch, beside the directories that it was given.</summary>
    public long MaxEntries => Session.Grants.Sum(grant => (long)grant.MaxFiles) + Directories.Count;

    /// <summary>Of a copy: the owner can always read and write it.</summary>
    public static int ModeOf(int hostMode) => (hostMode & 0b111_111_111) | 0b110_000_000;
}

/// <summary>The copies whose changes have not been taken back.</summary>
internal sealed class CopyStore
{
    private readonly ConcurrentDictionary<string, PrivateCopy> copies = new(StringComparer.Ordinal);

    public void Add(PrivateCopy copy)
    {
        // Of sessions that were refused after all, nothing is left.
        foreach (var gone in copies.Where(other => !Directory.Exists(other.Value.Directory)).ToList())
        {
            copies.TryRemove(gone);
        }

        copies[copy.Session.Context.Id] = copy;
    }

    public PrivateCopy? Take(string id) => copies.TryRemove(id, out var copy) ? copy : null;
}

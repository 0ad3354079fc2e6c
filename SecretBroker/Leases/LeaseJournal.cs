using System.Text;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>
/// Leases that are alive at the store, one line for each that began (<c>+ID</c>) or ended (<c>-ID</c>). A beginning is on disk before its value leaves;
/// what a crash leaves behind is read at the next start. A line that was cut off is taken as it stands: nothing was given under it.
/// </summary>
internal sealed class LeaseJournal : IDisposable
{
    private const long RewriteAbove = 1 << 20;

    private readonly Lock gate = new();
    private readonly FileStream file;
    private readonly HashSet<string> live;

    private LeaseJournal(FileStream file, HashSet<string> live) => (this.file, this.live) = (file, live);

    public IReadOnlyList<string> Live
    {
        get
        {
            lock (gate)
            {
                return [.. live];
            }
        }
    }

    public static LeaseJournal Open(string directory)
    {
        StoreFiles.RequireDirectory(directory);
        var path = Path.Combine(directory, "leases.journal");
        var content = StoreFiles.Read(path) ?? [];
        var live = new HashSet<string>(StringComparer.Ordinal);
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            _ = line[0] switch
            {
                '+' => live.Add(line[1..]),
                '-' => live.Remove(line[1..]),
                _ => throw new StartupException($"the lease journal {path} is damaged; revoke the broker's leases at the store and move the file away"),
            };
        }

        // Rewritten whole, so that a cut line does not join the next one.
        StoreFiles.Replace(path, Lines(live));
        return new LeaseJournal(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0), live);
    }

    /// <summary>On disk when it returns.</summary>
    public void Begin(string leaseId)
    {
        if (leaseId.AsSpan().ContainsAny('\n', '\r'))
        {
            throw new SecretStoreException("the store gave a lease whose name has a line break");
        }

        lock (gate)
        {
            file.Write(Encoding.UTF8.GetBytes($"+{leaseId}\n"));
            file.Flush(flushToDisk: true);
            live.Add(leaseId);
        }
    }

    /// <summary>Not flushed: a crash revokes it once more, which is no error.</summary>
    public void End(string leaseId)
    {
        lock (gate)
        {
            if (!live.Remove(leaseId))
            {
                return;
            }

            file.Write(Encoding.UTF8.GetBytes($"-{leaseId}\n"));
            if (live.Count == 0 && file.Length > RewriteAbove)
            {
                file.SetLength(0);
            }
        }
    }

    public void Dispose() => file.Dispose();

    private static byte[] Lines(IEnumerable<string> leases) => Encoding.UTF8.GetBytes(string.Concat(leases.Select(lease => $"+{lease}\n")));
}

using System.Text;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>
/// What is alive at the store, or may be, one line an event: <c>?PATH</c> a credential is about to be asked for, <c>+ID</c> it was given as this lease,
/// <c>!PATH</c> the answer is known, <c>-ID</c> the lease has ended, <c>=PATH</c> everything below the path was revoked. What a crash leaves behind is
/// read at the next start. A last line without its end was never flushed, so nothing was done under it.
/// </summary>
internal sealed class LeaseJournal : IDisposable
{
    private const long RewriteAbove = 1 << 20;

    private readonly Lock gate = new();
    private readonly FileStream file;
    private readonly JournalState state;

    private LeaseJournal(FileStream file, JournalState state) => (this.file, this.state) = (file, state);

    public IReadOnlyList<string> Live => Locked(() => (IReadOnlyList<string>)[.. state.Live]);

    /// <summary>Paths at which something was asked whose answer is not known.</summary>
    public IReadOnlyList<string> Unanswered => Locked(() => (IReadOnlyList<string>)[.. state.Asked.Keys]);

    public static LeaseJournal Open(string directory)
    {
        StoreFiles.RequireDirectory(directory);
        var path = Path.Combine(directory, "leases.journal");
        var text = Encoding.UTF8.GetString(StoreFiles.Read(path) ?? []);
        var state = new JournalState();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!state.Apply(line))
            {
                throw new StartupException($"the lease journal {path} is damaged; revoke the broker's leases at the store and move the file away");
            }
        }

        // Rewritten whole, so that a cut line does not join the next one.
        StoreFiles.Replace(path, Encoding.UTF8.GetBytes(state.Lines()));
        return new LeaseJournal(new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0), state);
    }

    public bool HoldsBelow(string path) => Locked(() => state.Live.Any(lease => lease.StartsWith(path + "/", StringComparison.Ordinal)));

    /// <summary>On disk when it returns: before the store is asked.</summary>
    public void Ask(string path) => Write(durable: true, $"?{path}");

    /// <summary>On disk when it returns: before the value leaves.</summary>
    public void Began(string path, string leaseId) => Write(durable: true, $"+{leaseId}", $"!{path}");

    /// <summary>Not flushed, like what follows: a crash revokes once more, which is no error.</summary>
    public void NothingBegan(string path) => Write(durable: false, $"!{path}");

    public void End(string leaseId) => Write(durable: false, $"-{leaseId}");

    public void Cleared(string path) => Write(durable: false, $"={path}");

    public void Dispose() => file.Dispose();

    private void Write(bool durable, params string[] lines)
    {
        if (lines.Any(line => line.AsSpan().ContainsAny('\n', '\r')))
        {
            throw new SecretStoreException("the store gave a lease whose name has a line break");
        }

        lock (gate)
        {
            file.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n"))));
            if (durable)
            {
                file.Flush(flushToDisk: true);
            }

            foreach (var line in lines)
            {
                state.Apply(line);
            }

            if (state.IsEmpty && file.Length > RewriteAbove)
            {
                file.SetLength(0);
            }
        }
    }

    private T Locked<T>(Func<T> read)
    {
        lock (gate)
        {
            return read();
        }
    }
}

using System.Text;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Listing;

/// <summary>Stat and paged lists for every surface; one audit record each, written before the answer.</summary>
internal sealed class EntryLister(DecisionRecorder recorder, IOptions<FileGateOptions> options)
{
    public const int MaxPageSize = 1000;

    public Answer<Entry> Stat(FileSession session, string path)
    {
        using var opened = FileAuthority.OpenForStat(session, path);
        var decision = recorder.Record(session, FileOperations.Stat, path, opened.Decision);
        return decision.IsAllowed ? Entry.From(path, opened.Facts) : Refusal.Of(session, path, decision);
    }

    /// <param name="pageSize">1 to <see cref="MaxPageSize"/>; 0 is the largest page.</param>
    /// <param name="pageToken">Empty for the first page.</param>
    public Answer<EntryPage> List(FileSession session, string path, int pageSize, string pageToken)
    {
        using var opened = FileAuthority.OpenDirectory(session, path);
        if (opened.Handle is null)
        {
            return recorder.Refuse(session, FileOperations.List, path, opened.Decision);
        }

        if (pageSize is < 0 or > MaxPageSize || PageToken.TryRead(pageToken) is not { } after)
        {
            return recorder.Refuse(session, FileOperations.List, path, Decision.Deny(ReasonCode.RequestMalformed));
        }

        if (DirectoryReader.ReadNames(opened.Handle, after, options.Value.MaxDirectoryEntries) is not { } names)
        {
            return recorder.Refuse(session, FileOperations.List, path, Decision.Deny(ReasonCode.GateUnavailable));
        }

        names.Sort(StringComparer.Ordinal);
        var page = Fill(session, opened.Handle, path, names, pageSize == 0 ? MaxPageSize : pageSize);
        var decision = recorder.Record(session, FileOperations.List, path, opened.Decision, AuditFact.Of("entries", page.Entries.Count));
        return decision.IsAllowed ? page : Refusal.Of(session, path, decision);
    }

    private static EntryPage Fill(FileSession session, DescriptorHandle directory, string path, List<string> names, int size)
    {
        var entries = new List<Entry>(Math.Min(size, names.Count));
        Span<byte> name = stackalloc byte[DirectoryReader.MaxNameBytes + 1];
        foreach (var child in names)
        {
            if (entries.Count == size)
            {
                return new EntryPage(entries, PageToken.From(NameOf(entries[^1].Path)));
            }

            name[Encoding.UTF8.GetBytes(child, name)] = 0;
            var childPath = path.Length == 0 ? child : $"{path}/{child}";
            if (Libc.DescribeChild(directory, name, out var facts) == 0 && FileAuthority.Shows(session, childPath, facts))
            {
                entries.Add(Entry.From(childPath, facts));
            }
        }

        return new EntryPage(entries, null);
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}

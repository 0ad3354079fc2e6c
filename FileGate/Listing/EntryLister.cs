using System.Text;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Listing;

/// <summary>Stat and paged lists for every surface; one audit record each, written before the answer.</summary>
internal sealed class EntryLister(DecisionRecorder recorder, ContentTags tags, IOptions<FileGateOptions> options)
{
    public const int MaxPageSize = 1000;

    /// <param name="tagged">With the etag of a file, for which its content has to be read.</param>
    public Answer<Entry> Stat(FileSession session, string path, bool tagged)
    {
        using var opened = FileAuthority.OpenForStat(session, path);
        var isDecoy = session.Decoys.TryDescribe(path, out var decoy) && !opened.Decision.IsAllowed;
        var etag = !tagged ? null : isDecoy ? session.Decoys.TagOf(path) : opened.Handle is null ? null : tags.Of(session, path, opened.Facts);
        var decision = recorder.Record(session, FileOperations.Stat, path, isDecoy ? Decision.Allow(Honeyfiles.Rule) : opened.Decision, AuditFact.Of("etag", etag));
        return decision.IsAllowed ? Entry.From(path, isDecoy ? decoy : opened.Facts) with { Etag = etag } : Refusal.Of(session, path, decision);
    }

    /// <param name="pageSize">1 to <see cref="MaxPageSize"/>; 0 is the largest page.</param>
    /// <param name="pageToken">Empty for the first page.</param>
    public Answer<EntryPage> List(FileSession session, string path, int pageSize, string pageToken)
    {
        using var opened = FileAuthority.OpenDirectory(session, path);
        var isDecoy = opened.Handle is null && session.Decoys.IsDirectory(path);
        var top = opened.Handle is null && session.IsTopAlone(path) ? FilePolicy.DecideDirectory(session.Grants, path) : default;
        if (opened.Handle is null && !isDecoy && !top.IsAllowed)
        {
            return recorder.Refuse(session, FileOperations.List, path, opened.Decision);
        }

        if (pageSize is < 0 or > MaxPageSize || PageToken.TryRead(pageToken) is not { } after)
        {
            return recorder.Refuse(session, FileOperations.List, path, Decision.Deny(ReasonCode.RequestMalformed));
        }

        if (NamesOf(session, opened.Handle, path, after) is not { } names)
        {
            return recorder.Refuse(session, FileOperations.List, path, Decision.Deny(ReasonCode.GateUnavailable));
        }

        var page = Fill(session, opened.Handle, path, names, pageSize == 0 ? MaxPageSize : pageSize);
        var decision = recorder.Record(
            session, FileOperations.List, path, isDecoy ? Decision.Allow(Honeyfiles.Rule) : top.IsAllowed ? top : opened.Decision, AuditFact.Of("entries", page.Entries.Count));
        return decision.IsAllowed ? page : Refusal.Of(session, path, decision);
    }

    /// <summary>Names after <paramref name="after"/> in order, those of decoys among them; null when there are too many.</summary>
    private SortedSet<string>? NamesOf(FileSession session, DescriptorHandle? directory, string path, string after)
    {
        var there = directory is null ? [] : OverlaidDirectory.ReadNames(session, directory, path, after, options.Value.MaxDirectoryEntries);
        var decoys = session.Decoys.In(path).Select(decoy => NameOf(decoy.Path)).Concat(session.IsTop(path) ? session.Others.Select(mount => mount.Name) : []).Where(name => string.CompareOrdinal(name, after) > 0);
        return there is null ? null : new SortedSet<string>(there.Concat(decoys), StringComparer.Ordinal);
    }

    private static EntryPage Fill(FileSession session, DescriptorHandle? directory, string path, SortedSet<string> names, int size)
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
            if (session.IsTop(path) && session.Others.FirstOrDefault(mount => mount.Name == child) is { } mount)
            {
                entries.Add(Entry.From(childPath, mount.Facts));
            }
            else if (directory is not null && OverlaidDirectory.Describe(session, directory, childPath, name, out var facts) && FileAuthority.Shows(session, childPath, facts))
            {
                entries.Add(Entry.From(childPath, facts));
            }
            else if (session.Decoys.TryDescribe(childPath, out var decoy))
            {
                entries.Add(Entry.From(childPath, decoy));
            }
        }

        return new EntryPage(entries, null);
    }

    private static string NameOf(string path) => path[(path.LastIndexOf('/') + 1)..];
}

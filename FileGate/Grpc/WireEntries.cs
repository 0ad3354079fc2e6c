using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.FileGate.Watching;
using WireEntry = SecureAgent.Contracts.FileGate.V1.Entry;

namespace SecureAgent.FileGate.Grpc;

internal static class WireEntries
{
    public static WireEntry From(Listing.Entry entry) => new()
    {
        Path = entry.Path,
        Kind = entry.IsDirectory ? EntryKind.Directory : EntryKind.File,
        Size = entry.Size,
        ModifiedUnixMs = entry.Modified.ToUnixTimeMilliseconds(),
        Etag = entry.Etag ?? "",
    };

    public static WatchEvent From(WatchChange change) => new()
    {
        Kind = change.Kind switch
        {
            WatchKind.Created => WatchEventKind.Created,
            WatchKind.Changed => WatchEventKind.Changed,
            WatchKind.Removed => WatchEventKind.Removed,
            _ => WatchEventKind.Unspecified,
        },
        Entry = From(change.Entry),
    };

    public static SearchMatch From(Search.SearchMatch match) =>
        new() { Path = match.Path, Line = match.Line, Column = match.Column, Text = match.Text };

    public static SearchSummary From(Search.SearchSummary summary) =>
        new() { FilesScanned = summary.FilesScanned, FilesSkipped = summary.FilesSkipped, Truncated = summary.IsTruncated };
}

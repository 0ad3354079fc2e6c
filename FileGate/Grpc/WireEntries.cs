using SecureAgent.Contracts.FileGate.V1;
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

    public static SearchMatch From(Search.SearchMatch match) =>
        new() { Path = match.Path, Line = match.Line, Column = match.Column, Text = match.Text };

    public static SearchSummary From(Search.SearchSummary summary) =>
        new() { FilesScanned = summary.FilesScanned, FilesSkipped = summary.FilesSkipped, Truncated = summary.IsTruncated };
}

using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Listing;

/// <summary>One file or directory as clients see it.</summary>
/// <param name="Path">Relative to the root.</param>
/// <param name="Etag">Version of a file's content; null for directories.</param>
internal sealed record Entry(string Path, bool IsDirectory, long Size, DateTimeOffset Modified, string? Etag)
{
    public static Entry From(string path, in FileFacts facts) => new(
        path,
        facts.IsDirectory,
        facts.IsDirectory ? 0 : facts.Size,
        DateTimeOffset.FromUnixTimeMilliseconds(facts.ModifiedUnixMilliseconds),
        facts.IsDirectory ? null : facts.Etag());
}

/// <param name="NextPageToken">Null on the last page.</param>
internal sealed record EntryPage(IReadOnlyList<Entry> Entries, string? NextPageToken);

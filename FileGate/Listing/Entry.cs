using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Listing;

/// <summary>One file or directory as clients see it.</summary>
/// <param name="Path">Relative to the root.</param>
internal sealed record Entry(string Path, bool IsDirectory, long Size, DateTimeOffset Modified)
{
    /// <summary>Of a file's content, where that was asked; a list opens no file.</summary>
    public string? Etag { get; init; }

    public DateTimeOffset Created { get; init; }

    public DateTimeOffset Accessed { get; init; }

    /// <summary>Permission bits.</summary>
    public int Mode { get; init; }

    public static Entry From(string path, in FileFacts facts) => new(
        path,
        facts.IsDirectory,
        facts.IsDirectory ? 0 : facts.Size,
        DateTimeOffset.FromUnixTimeMilliseconds(facts.ModifiedUnixMilliseconds))
    {
        Created = FromNanoseconds(facts.CreatedNanoseconds),
        Accessed = FromNanoseconds(facts.AccessedNanoseconds),
        Mode = facts.Mode & 0b111_111_111,
    };

    private static DateTimeOffset FromNanoseconds(long value) => DateTimeOffset.FromUnixTimeMilliseconds(value / 1_000_000);
}

/// <param name="NextPageToken">Null on the last page.</param>
internal sealed record EntryPage(IReadOnlyList<Entry> Entries, string? NextPageToken);

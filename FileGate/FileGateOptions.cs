using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace SecureAgent.FileGate;

/// <summary>Settings of the process, section <c>FileGate</c>. What a session may do is in its policy, not here.</summary>
internal sealed class FileGateOptions
{
    public const string Section = "FileGate";

    /// <summary>Reads of one session that hold a buffer (128 KiB) at the same time, 1 to 1024; further ones wait. Default 64.</summary>
    [Range(1, 1024)]
    public int MaxConcurrentReads { get; set; } = 64;

    /// <summary>How long a client may take to accept one chunk before the read is cut, 1 s to 10 min. Default 60 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Names in one directory that a list sorts in memory, 1000 to 10,000,000. Default 1,000,000; a larger directory is refused.</summary>
    [Range(1000, 10_000_000)]
    public int MaxDirectoryEntries { get; set; } = 1_000_000;

    /// <summary>Largest content of one change, 1 KiB to 8 MiB: it is held in memory. Default 8 MiB.</summary>
    [Range(1024, 8 << 20)]
    public int MaxChangeBytes { get; set; } = 8 << 20;

    /// <summary>Paths one session may have proposals for, 1 to 100,000. Default 10,000.</summary>
    [Range(1, 100_000)]
    public int MaxProposals { get; set; } = 10_000;

    /// <summary>Bytes of all proposals of a session together, 1 MiB to 64 GiB. Default 256 MiB.</summary>
    [Range(1L << 20, 64L << 30)]
    public long MaxProposedBytes { get; set; } = 256L << 20;

    /// <summary>How long a change is held for the operator (<c>ask: [write]</c>) before it is refused, 100 ms to 1 h. Default 2 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan AskTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Files one search looks at, 1 to 10,000,000. Default 100,000.</summary>
    [Range(1, 10_000_000)]
    public int MaxSearchFiles { get; set; } = 100_000;

    /// <summary>Time one search may take, 1 s to 10 min. Default 30 s; what was found until then is the answer.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan SearchTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Entries below a watched directory that one watch holds, 100 to 1,000,000. Default 20,000; the rest is not watched, and the client is told.</summary>
    [Range(100, 1_000_000)]
    public int MaxWatchedEntries { get; set; } = 20_000;

    /// <summary>Shortest pause between two looks of a watch, 50 ms to 1 min. Default 500 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan WatchInterval { get; set; } = TimeSpan.FromMilliseconds(500);
}

[OptionsValidator]
internal sealed partial class FileGateOptionsValidator : IValidateOptions<FileGateOptions>;

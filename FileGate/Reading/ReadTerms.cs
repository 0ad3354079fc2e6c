namespace SecureAgent.FileGate.Reading;

/// <summary>What is asked of a file; the default is the whole of it.</summary>
internal readonly record struct ReadTerms
{
    /// <summary>Null for the whole file.</summary>
    public RequestedRange? Range { get; init; }

    /// <summary>Whether the client holds what has this etag, null when none is known; null when it did not say.</summary>
    public Func<string?, bool>? IsCurrent { get; init; }

    /// <summary>Whether what has this etag is what the client wants, null when none is known; null when any will do. Anything else is a conflict.</summary>
    public Func<string?, bool>? IsExpected { get; init; }

    /// <summary>The etag is wanted before the first byte, though the file may have to be hashed for it.</summary>
    public bool IsTagged { get; init; }

    /// <summary>Decide as for a read, but release no content.</summary>
    public bool HeadersOnly { get; init; }

    /// <summary>More than this is refused: the answer has to be held in memory. Null for any size that the policy lets be read.</summary>
    public long? MaxBytes { get; init; }
}

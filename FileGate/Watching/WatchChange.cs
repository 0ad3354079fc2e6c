using SecureAgent.FileGate.Listing;

namespace SecureAgent.FileGate.Watching;

internal enum WatchKind
{
    None = 0,
    Created,
    Changed,
    Removed,
}

/// <summary>One difference between two looks at a tree. A removed entry is as it was last seen.</summary>
internal readonly record struct WatchChange(WatchKind Kind, Entry Entry);

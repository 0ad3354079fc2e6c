using SecureAgent.Policy.Document;

namespace SecureAgent.Policy.Files;

/// <summary>What is asked of the file plane.</summary>
public enum FileOperation
{
    Stat,
    List,
    Read,
    Write,
}

/// <summary>Decides by path alone. What only the opened handle knows (kind, links, size) is decided in <see cref="FileHandlePolicy"/>.</summary>
public static class FilePolicy
{
    /// <summary>Judges a raw path as the client sent it against the grants of one root, deny rules before allow rules.</summary>
    /// <param name="path">'/'-separated, relative to the root, not yet trusted. "" is the root itself.</param>
    public static Decision Decide(FileGrant grant, string path, FileOperation operation) => default;

    /// <summary>True when a directory may be listed because something below it may match an allow glob and it is not denied.</summary>
    public static Decision DecideDirectory(FileGrant grant, string path) => default;
}

/// <summary>Decides on facts read from an open handle.</summary>
public static class FileHandlePolicy
{
    public static Decision Decide(FileGrant grant, bool isRegularFile, long linkCount, long size) => default;

    /// <summary>Whether <paramref name="bytes"/> more may be read when <paramref name="alreadyRead"/> were.</summary>
    public static Decision DecideBudget(FileGrant grant, long alreadyRead, long bytes) => default;
}

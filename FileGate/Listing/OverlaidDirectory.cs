using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Sessions;

namespace SecureAgent.FileGate.Listing;

/// <summary>An open directory with the session's own proposals over it.</summary>
internal static class OverlaidDirectory
{
    /// <summary>As <see cref="DirectoryReader.ReadNames"/>.</summary>
    public static List<string>? ReadNames(FileSession session, DescriptorHandle directory, string path, string after, int limit)
    {
        var names = DirectoryReader.ReadNames(directory, after, limit);
        names?.RemoveAll(TemporaryNames.IsOne);
        return names is null ? null : session.Resolve(path, out var inner).Changes.Overlay(inner, names, after);
    }

    /// <summary>Facts of a child; false when there is none.</summary>
    public static bool Describe(FileSession session, DescriptorHandle directory, string path, ReadOnlySpan<byte> terminatedName, out FileFacts facts)
    {
        var mount = session.Resolve(path, out var inner);
        if (mount.Changes.Find(inner) is not { } staged)
        {
            return Libc.DescribeChild(directory, terminatedName, out facts) == 0;
        }

        var error = mount.Changes.Open(staged, mount.Facts.MountId, OpenFlags.ForStat, out var handle, out facts);
        handle.Dispose();
        return error == 0;
    }
}

using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Copies;

/// <summary>Where a symbolic link points, as text.</summary>
internal static class CopyLinks
{
    public static byte[]? Read(DescriptorHandle root, string path)
    {
        var error = new HostFolder(root).OpenParent(path, out var parent);
        using (parent)
        {
            return error == 0 ? TreeCalls.ReadLink(parent, ChangeSet.NameOf(path)) : null;
        }
    }
}

using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>The folder of a change set, opened by the operator's path for as long as it is looked at or changed.</summary>
internal sealed class HostTree : IDisposable
{
    private readonly DescriptorHandle root;

    private HostTree(DescriptorHandle root) => (this.root, Folder) = (root, new HostFolder(root));

    public HostFolder Folder { get; }

    public DescriptorHandle Root => root;

    /// <summary>Null when the folder is gone, or another one has its name.</summary>
    public static HostTree? Open(string path, ulong device, ulong inode)
    {
        if (path.Length == 0 || Libc.Open(null, path, OpenFlags.ForRoot, resolve: 0, out var handle) != 0)
        {
            return null;
        }

        if (Libc.Describe(handle, out var facts) == 0 && facts.Device == device && facts.Inode == inode)
        {
            return new HostTree(handle);
        }

        handle.Dispose();
        return null;
    }

    /// <summary>Owner for what is made at a path: that of the nearest directory above it that is there.</summary>
    public (uint User, uint Group) OwnerFor(string path)
    {
        for (var parent = ChangeSet.ParentOf(path); ; parent = ChangeSet.ParentOf(parent))
        {
            var error = Folder.OpenDirectory(parent, out var directory);
            using (directory)
            {
                if (error == 0 && Libc.Describe(directory, out var facts) == 0)
                {
                    return (facts.User, facts.Group);
                }
            }

            if (parent.Length == 0)
            {
                throw new ApplyException("the folder cannot be looked at");
            }
        }
    }

    public void Dispose() => root.Dispose();
}

/// <summary>A step of an apply failed; the message is for the operator.</summary>
internal sealed class ApplyException(string message) : IOException(message)
{
    public static ApplyException Of(string what, int error) => new($"{what}: {Libc.Message(error)}");
}

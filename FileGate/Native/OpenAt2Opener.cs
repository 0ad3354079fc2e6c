namespace SecureAgent.FileGate.Native;

/// <summary>openat2(2): the kernel walks, and keeps to the rules while it does.</summary>
internal sealed class OpenAt2Opener : IHandleOpener
{
    public int Open(DescriptorHandle root, string path, ulong flags, bool atOnce, out DescriptorHandle handle) =>
        Libc.Open(root, path, flags, atOnce ? OpenFlags.Confined | OpenFlags.Cached : OpenFlags.Confined, out handle);
}

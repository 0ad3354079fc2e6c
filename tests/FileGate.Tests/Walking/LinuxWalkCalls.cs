using System.Runtime.InteropServices;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Tests.Walking;

/// <summary>The calls of a walk on Linux, where the product has none: it never walks here.</summary>
internal sealed partial class LinuxWalkCalls : IWalkCalls
{
    public static WalkingOpener Walker { get; } = new(new LinuxWalkCalls());

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(DescriptorHandle directory, string path, int flags, int mode);

    public int OpenOne(DescriptorHandle directory, string name, ulong flags, out DescriptorHandle handle)
    {
        Assert.NotEqual(0UL, flags & OpenFlags.NoFollow);
        var descriptor = OpenAt(directory, name, (int)flags, 0);
        handle = new DescriptorHandle(descriptor);
        return descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    public int Describe(DescriptorHandle handle, out FileFacts facts) => Libc.Describe(handle, out facts);

    public bool IsLink(DescriptorHandle directory, string name) => TreeCalls.Child(directory, name)?.Kind == FileKind.Link;
}

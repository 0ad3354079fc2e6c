using System.Runtime.InteropServices;

namespace SecureAgent.FileGate.Native;

/// <summary>The calls of macOS, x86-64 and arm64; numbers and layouts are those of its headers (sys/fcntl.h, sys/stat.h, sys/errno.h).</summary>
internal sealed partial class DarwinCalls : IWalkCalls
{
    private const int SymlinkNoFollow = 0x20;

    // Apple passes variable arguments of arm64 on the stack: the mode comes after all eight registers.
    [LibraryImport("libSystem", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint OpenAtArm(DescriptorHandle directory, string path, nint flags, nint third, nint fourth, nint fifth, nint sixth, nint seventh, nint mode);

    [LibraryImport("libSystem", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenAt(DescriptorHandle directory, string path, int flags, int mode);

    // The layout with 64-bit inodes has a name of its own on x86-64 and is the only one on arm64.
    [LibraryImport("libSystem", EntryPoint = "fstat$INODE64", SetLastError = true)]
    private static partial int FStatIntel(DescriptorHandle file, out DarwinStat result);

    [LibraryImport("libSystem", EntryPoint = "fstat", SetLastError = true)]
    private static partial int FStat(DescriptorHandle file, out DarwinStat result);

    [LibraryImport("libSystem", EntryPoint = "fstatat$INODE64", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FStatAtIntel(DescriptorHandle directory, string path, out DarwinStat result, int flags);

    [LibraryImport("libSystem", EntryPoint = "fstatat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int FStatAt(DescriptorHandle directory, string path, out DarwinStat result, int flags);

    private static bool IsArm { get; } = RuntimeInformation.ProcessArchitecture == Architecture.Arm64;

    public int OpenOne(DescriptorHandle directory, string name, ulong flags, out DescriptorHandle handle)
    {
        var translated = DarwinNumbers.Flags(flags);
        var descriptor = IsArm ? (int)OpenAtArm(directory, name, translated, 0, 0, 0, 0, 0, 0) : OpenAt(directory, name, translated, 0);
        handle = new DescriptorHandle(descriptor);
        return descriptor < 0 ? DarwinNumbers.Errno(Marshal.GetLastPInvokeError()) : 0;
    }

    public int Describe(DescriptorHandle handle, out FileFacts facts)
    {
        var result = IsArm ? FStat(handle, out var stat) : FStatIntel(handle, out stat);
        facts = result == 0 ? FileFacts.From(in stat) : default;
        return result == 0 ? 0 : DarwinNumbers.Errno(Marshal.GetLastPInvokeError());
    }

    public bool IsLink(DescriptorHandle directory, string name)
    {
        var result = IsArm ? FStatAt(directory, name, out var stat, SymlinkNoFollow) : FStatAtIntel(directory, name, out stat, SymlinkNoFollow);
        return result == 0 && FileFacts.From(in stat).Kind == FileKind.Link;
    }
}

/// <summary>struct stat with 64-bit inodes.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct DarwinStat
{
    [FieldOffset(0)]
    public int Device;

    [FieldOffset(4)]
    public ushort Mode;

    [FieldOffset(6)]
    public ushort Links;

    [FieldOffset(8)]
    public ulong Inode;

    [FieldOffset(16)]
    public uint User;

    [FieldOffset(20)]
    public uint Group;

    [FieldOffset(32)]
    public DarwinTime Accessed;

    [FieldOffset(48)]
    public DarwinTime Modified;

    [FieldOffset(64)]
    public DarwinTime Changed;

    [FieldOffset(80)]
    public DarwinTime Created;

    [FieldOffset(96)]
    public long Size;
}

[StructLayout(LayoutKind.Sequential)]
internal struct DarwinTime
{
    public long Seconds;
    public long Fraction;

    public readonly long Nanoseconds => (Seconds * 1_000_000_000) + Fraction;
}

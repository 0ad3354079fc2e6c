using System.Runtime.InteropServices;

namespace SecureAgent.FileGate.Native;

internal enum FileKind
{
    Other = 0,
    Regular,
    Directory,
    Link,
}

/// <summary>What statx(2) says of a handle at one moment.</summary>
/// <param name="Device">Major number in the upper, minor in the lower half.</param>
/// <param name="ModifiedNanoseconds">Since 1970.</param>
/// <param name="ChangedNanoseconds">Inode change time; cannot be set by a program, unlike the modification time.</param>
/// <param name="MountId">Tells a mount point from the directory it covers.</param>
internal readonly record struct FileFacts(
    FileKind Kind, long Size, long Links, int Mode, ulong Device, ulong Inode, long ModifiedNanoseconds, long ChangedNanoseconds, ulong MountId)
{
    public uint User { get; init; }

    public uint Group { get; init; }

    /// <summary>Of the inode; where the file system keeps no such time, its last change.</summary>
    public long CreatedNanoseconds { get; init; }

    public long AccessedNanoseconds { get; init; }

    private const int TypeMask = 0xF000;
    private const int TypeRegular = 0x8000;
    private const int TypeDirectory = 0x4000;
    private const int TypeLink = 0xA000;

    public bool IsRegular => Kind == FileKind.Regular;

    public bool IsDirectory => Kind == FileKind.Directory;

    /// <summary>What two looks at an untouched file have in common, wherever it is mounted and whoever read it in between.</summary>
    public FileFacts AsVersion() => this with { MountId = 0, CreatedNanoseconds = 0, AccessedNanoseconds = 0 };

    public long ModifiedUnixMilliseconds => ModifiedNanoseconds / 1_000_000;

    private static FileKind KindOf(int mode) => (mode & TypeMask) switch
    {
        TypeRegular => FileKind.Regular,
        TypeDirectory => FileKind.Directory,
        TypeLink => FileKind.Link,
        _ => FileKind.Other,
    };

    /// <summary>Of macOS, which has no mount numbers: another mount is another device there.</summary>
    public static FileFacts From(in DarwinStat stat) => new(
        KindOf(stat.Mode), stat.Size, stat.Links, stat.Mode & 0xFFF, (uint)stat.Device, stat.Inode, stat.Modified.Nanoseconds, stat.Changed.Nanoseconds, MountId: 0)
    {
        User = stat.User,
        Group = stat.Group,
        CreatedNanoseconds = stat.Created.Nanoseconds,
        AccessedNanoseconds = stat.Accessed.Nanoseconds,
    };

    public static FileFacts From(in StatXBuffer buffer) => new(
        KindOf(buffer.Mode),
        (long)buffer.Size,
        buffer.Links,
        buffer.Mode & 0xFFF,
        ((ulong)buffer.DeviceMajor << 32) | buffer.DeviceMinor,
        buffer.Inode,
        buffer.Modified.Nanoseconds,
        buffer.Changed.Nanoseconds,
        buffer.MountId)
    {
        User = buffer.User,
        Group = buffer.Group,
        CreatedNanoseconds = buffer.Created.Nanoseconds is > 0 and var created ? created : buffer.Changed.Nanoseconds,
        AccessedNanoseconds = buffer.Accessed.Nanoseconds,
    };
}

/// <summary>struct statx, statx(2): the same layout on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct StatXBuffer
{
    [FieldOffset(16)]
    public uint Links;

    [FieldOffset(20)]
    public uint User;

    [FieldOffset(24)]
    public uint Group;

    [FieldOffset(28)]
    public ushort Mode;

    [FieldOffset(32)]
    public ulong Inode;

    [FieldOffset(40)]
    public ulong Size;

    [FieldOffset(64)]
    public StatXTime Accessed;

    [FieldOffset(80)]
    public StatXTime Created;

    [FieldOffset(96)]
    public StatXTime Changed;

    [FieldOffset(112)]
    public StatXTime Modified;

    [FieldOffset(136)]
    public uint DeviceMajor;

    [FieldOffset(140)]
    public uint DeviceMinor;

    [FieldOffset(144)]
    public ulong MountId;
}

[StructLayout(LayoutKind.Sequential)]
internal struct StatXTime
{
    public long Seconds;
    public uint Fraction;
    public int Reserved;

    public readonly long Nanoseconds => (Seconds * 1_000_000_000) + Fraction;
}

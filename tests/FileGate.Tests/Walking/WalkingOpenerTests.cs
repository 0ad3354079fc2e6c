using System.Runtime.InteropServices;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Tests.Walking;

/// <summary>The walk against openat2, path by path, and what it is told of macOS.</summary>
public sealed class WalkingOpenerTests : IDisposable
{
    private readonly DirectoryInfo root = Directory.CreateTempSubdirectory("sa-walk-");

    public WalkingOpenerTests()
    {
        Directory.CreateDirectory(At("dir/deep"));
        File.WriteAllText(At("dir/deep/file"), "inside");
        File.WriteAllText(At("file"), "inside");
        File.CreateSymbolicLink(At("link"), "file");
        Directory.CreateSymbolicLink(At("dir-link"), "dir");
        Directory.CreateSymbolicLink(At("out-link"), "/etc");
        Directory.CreateSymbolicLink(At("proc-link"), "/proc/self/root");
        Assert.Equal(0, Native.MakeFifo(At("fifo"), 0x1B6));
        Directory.CreateDirectory(At("no-search"), UnixFileMode.None);
    }

    public static TheoryData<string> Paths { get; } =
    [
        ".", "file", "dir", "dir/deep", "dir/deep/file", "none", "none/file", "dir/none", "file/below", "link", "dir-link", "dir-link/deep/file", "out-link/passwd",
        "proc-link/etc/passwd", "fifo", "fifo/x", "no-search", "no-search/x", "../etc", "/etc/passwd", new string('n', 256), $"dir/{new string('n', 256)}", "a\0b",
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public void Walk_OfAPath_EndsWhereOpenAt2Does(string path)
    {
        foreach (var flags in new[] { OpenFlags.ForRead, OpenFlags.ForList, OpenFlags.ForStat })
        {
            var (expected, facts) = Open(new OpenAt2Opener(), path, flags);
            var (error, walked) = Open(LinuxWalkCalls.Walker, path, flags);

            // What a link is called differs with the flags; that it is refused does not.
            Assert.Equal((flags, expected is Libc.Loop or Libc.NotDirectory ? Libc.Loop : expected), (flags, error is Libc.Loop or Libc.NotDirectory ? Libc.Loop : error));
            Assert.Equal(facts.AsVersion(), walked.AsVersion());
        }
    }

    [Theory]
    [InlineData("dir//deep")]
    [InlineData("dir/")]
    [InlineData("./file")]
    [InlineData("dir/.")]
    [InlineData("dir/../file")]
    [InlineData("")]
    public void Path_NotInItsOneSpelling_IsNotWalked(string path) =>
        Assert.NotEqual(0, Open(LinuxWalkCalls.Walker, path, OpenFlags.ForStat).Error);

    [Fact]
    public void Mount_OnTheWay_IsRefused()
    {
        Directory.CreateDirectory(At("mount"));
        Assert.SkipUnless(Native.Mount("tmpfs", At("mount"), "tmpfs", 0, "size=64k") == 0, "needs root to mount");
        try
        {
            File.WriteAllText(At("mount/file"), "other device");
            Assert.Equal(Libc.CrossDevice, Open(LinuxWalkCalls.Walker, "mount/file", OpenFlags.ForRead).Error);
            Assert.Equal(Libc.CrossDevice, Open(LinuxWalkCalls.Walker, "mount", OpenFlags.ForStat).Error);
            Assert.Equal("other device", File.ReadAllText(At("mount/file")));
        }
        finally
        {
            Assert.Equal(0, Native.Unmount(At("mount"), 0));
        }
    }

    [Fact]
    public void Walk_ThatMayNotWait_IsNotBegun()
    {
        using var handle = Root(LinuxWalkCalls.Walker);

        Assert.Equal(Libc.TryAgain, handle.Open("file", OpenFlags.ForRead, out _, atOnce: true));
        Assert.Equal(0, handle.Open("file", OpenFlags.ForRead, out var file));
        file.Dispose();
    }

    [Fact]
    public void Handle_OpenedByAWalk_IsWalkedFromToo()
    {
        using var handle = Root(LinuxWalkCalls.Walker);
        Assert.Equal(0, handle.Open("dir", OpenFlags.ForList, out var directory));
        using (directory)
        {
            Assert.Same(LinuxWalkCalls.Walker, directory.Opener);
        }
    }

    [Fact]
    public void Linux_IsNeverWalked() => Assert.IsType<OpenAt2Opener>(HandleOpener.OfSystem);

    [Fact]
    public void Flags_OfEveryPurpose_AreThoseOfMacOs()
    {
        Assert.Equal(0x4 | 0x100 | 0x1000000, DarwinNumbers.Flags(OpenFlags.ForRead));
        Assert.Equal(0x100000 | 0x100 | 0x1000000, DarwinNumbers.Flags(OpenFlags.ForList));
        Assert.Equal(0x4 | 0x100 | 0x1000000, DarwinNumbers.Flags(OpenFlags.ForStat));
        Assert.Equal(0x4 | 0x100000 | 0x1000000, DarwinNumbers.Flags(OpenFlags.ForRoot));
        Assert.Equal(0x1 | 0x200 | 0x800 | 0x100 | 0x1000000, DarwinNumbers.Flags(OpenFlags.ForCreate));
        Assert.Throws<ArgumentOutOfRangeException>(() => DarwinNumbers.Flags(0x400));
    }

    [Theory]
    [InlineData(1, Libc.NotPermitted)]
    [InlineData(2, Libc.NoEntry)]
    [InlineData(13, Libc.AccessDenied)]
    [InlineData(18, Libc.CrossDevice)]
    [InlineData(20, Libc.NotDirectory)]
    [InlineData(35, Libc.TryAgain)]
    [InlineData(62, Libc.Loop)]
    [InlineData(63, Libc.NameTooLong)]
    [InlineData(102, Libc.NoDevice)]
    [InlineData(11, Libc.InputOutput)]
    [InlineData(40, Libc.InputOutput)]
    public void Errors_OfMacOs_KeepTheirMeaning(int darwin, int linux) => Assert.Equal(linux, DarwinNumbers.Errno(darwin));

    [Fact]
    public void Stat_OfMacOs_IsReadAtItsOffsets()
    {
        var bytes = new byte[144];
        BitConverter.TryWriteBytes(bytes.AsSpan(0), 7);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), (ushort)0x81A4);
        BitConverter.TryWriteBytes(bytes.AsSpan(6), (ushort)2);
        BitConverter.TryWriteBytes(bytes.AsSpan(8), 99UL);
        BitConverter.TryWriteBytes(bytes.AsSpan(16), 501U);
        BitConverter.TryWriteBytes(bytes.AsSpan(20), 20U);
        BitConverter.TryWriteBytes(bytes.AsSpan(48), 3L);
        BitConverter.TryWriteBytes(bytes.AsSpan(56), 5L);
        BitConverter.TryWriteBytes(bytes.AsSpan(64), 4L);
        BitConverter.TryWriteBytes(bytes.AsSpan(96), 4096L);

        var facts = FileFacts.From(MemoryMarshal.Read<DarwinStat>(bytes));

        Assert.Equal((FileKind.Regular, 0x1A4, 2L, 99UL, 7UL, 4096L), (facts.Kind, facts.Mode, facts.Links, facts.Inode, facts.Device, facts.Size));
        Assert.Equal((501U, 20U, 3_000_000_005L, 4_000_000_000L), (facts.User, facts.Group, facts.ModifiedNanoseconds, facts.ChangedNanoseconds));
        Assert.Equal(144, Marshal.SizeOf<DarwinStat>());
    }

    public void Dispose() => root.Delete(recursive: true);

    private (int Error, FileFacts Facts) Open(IHandleOpener opener, string path, ulong flags)
    {
        using var handle = Root(opener);
        var error = handle.Open(path, flags, out var opened);
        using (opened)
        {
            FileFacts facts = default;
            return (error != 0 ? error : Libc.Describe(opened, out facts), facts);
        }
    }

    private DescriptorHandle Root(IHandleOpener opener)
    {
        Assert.Equal(0, Libc.Open(null, root.FullName, OpenFlags.ForRoot, 0, out var handle));
        handle.Opener = opener;
        return handle;
    }

    private string At(string path) => Path.Combine(root.FullName, path);
}

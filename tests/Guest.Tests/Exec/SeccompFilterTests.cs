using System.Buffers.Binary;
using SecureAgent.Guest.Exec;

namespace SecureAgent.Guest.Tests.Exec;

public sealed class SeccompFilterTests
{
    private const uint Allow = 0x7fff0000;
    private const uint Kill = 0x80000000;
    private const uint Eperm = 0x00050000 | 1;
    private const uint Enosys = 0x00050000 | 38;
    private const uint Eafnosupport = 0x00050000 | 97;

    [Theory]
    [InlineData(0, 0, 0, Allow)]                  // read
    [InlineData(59, 0, 0, Allow)]                 // execve
    [InlineData(57, 0, 0, Allow)]                 // fork
    [InlineData(56, 0x01200011, 0, Allow)]        // clone as fork does it
    [InlineData(56, 0x003d0f00, 0, Allow)]        // clone as pthread_create does it
    [InlineData(56, 0x10000011, 0, Eperm)]        // clone with CLONE_NEWUSER
    [InlineData(56, 0x40000011, 0, Eperm)]        // … CLONE_NEWNET
    [InlineData(435, 0, 0, Enosys)]               // clone3
    [InlineData(272, 0, 0, Eperm)]                // unshare
    [InlineData(101, 0, 0, Eperm)]                // ptrace
    [InlineData(165, 0, 0, Eperm)]                // mount
    [InlineData(425, 0, 0, Eperm)]                // io_uring_setup
    [InlineData(321, 0, 0, Eperm)]                // bpf
    [InlineData(466, 0, 0, Allow)]                // removexattrat, the newest known
    [InlineData(467, 0, 0, Enosys)]               // open_tree_attr
    [InlineData(278, 0, 0, Enosys)]               // vmsplice
    [InlineData(447, 0, 0, Enosys)]               // memfd_secret
    [InlineData(335, 0, 0, Enosys)]               // uretprobe
    [InlineData(0x3fffffff, 0, 0, Enosys)]
    [InlineData(0x40000000, 0, 0, Enosys)]        // x32 read
    [InlineData(0x40000000 | 520, 0, 0, Enosys)]  // x32 execve
    [InlineData(41, 1, 0, Allow)]                 // AF_UNIX
    [InlineData(41, 2, 0, Allow)]                 // AF_INET
    [InlineData(41, 10, 0, Allow)]                // AF_INET6
    [InlineData(41, 16, 0, Allow)]                // AF_NETLINK, NETLINK_ROUTE
    [InlineData(41, 16, 12, Eafnosupport)]        // AF_NETLINK, NETLINK_NETFILTER
    [InlineData(41, 17, 0, Eafnosupport)]         // AF_PACKET
    [InlineData(41, 40, 0, Eafnosupport)]         // AF_VSOCK
    [InlineData(41, 38, 0, Eafnosupport)]         // AF_ALG
    [InlineData(16, 0, 0, Allow)]                 // ioctl; its command is argument 1, see below
    [InlineData(135, 0, 0, Allow)]                // personality(PER_LINUX)
    [InlineData(135, 0xffffffff, 0, Allow)]
    [InlineData(135, 8, 0, Eperm)]                // PER_LINUX32
    public void Filter_X64Call_IsDecided(uint number, uint argument0, uint argument2, uint expected) =>
        Assert.Equal(expected, Run(SyscallTable.X64, 0xC000003E, number, argument0, 0, argument2));

    [Theory]
    [InlineData(0x5412, Eperm)]
    [InlineData(0x541c, Eperm)]
    [InlineData(0x5423, Eperm)]
    [InlineData(0x5413, Allow)] // TIOCGWINSZ
    public void Filter_TerminalCommand_IsDecided(uint command, uint expected)
    {
        Assert.Equal(expected, Run(SyscallTable.X64, 0xC000003E, 16, 0, command, 0));
        Assert.Equal(expected, Run(SyscallTable.Arm64, 0xC00000B7, 29, 0, command, 0));
    }

    [Fact]
    public void Filter_HighHalfOfArgument_DoesNotHideTheLowOne() =>
        Assert.Equal(Eperm, Run(SyscallTable.X64, 0xC000003E, 16, 0, 0x0000_0001_0000_5412, 0));

    [Theory]
    [InlineData(0x40000003)] // i386
    [InlineData(0xC00000B7)] // aarch64
    public void Filter_ForeignArchitecture_Kills(uint architecture) =>
        Assert.Equal(Kill, Run(SyscallTable.X64, architecture, 0, 0, 0, 0));

    [Fact]
    public void Tables_NumbersAreUniqueAndKnown()
    {
        foreach (var table in new[] { SyscallTable.X64, SyscallTable.Arm64 })
        {
            Assert.Equal(table.Denied.Count, table.Denied.Distinct().Count());
            Assert.Equal(table.Allowed.Count, table.Allowed.Distinct().Count());
            uint[] lookedInto = [table.Fork, table.Socket, table.Ioctl, table.Personality, table.SetPriority, table.SetInputOutputPriority, .. table.Targeted];
            Assert.Empty(table.Allowed.Intersect(table.Denied.Concat(lookedInto)));
            Assert.Empty(table.Denied.Intersect(lookedInto));
        }
    }

    /// <summary>PID 1 and its threads have the agent's uid: only the filter keeps them from being starved or limited.</summary>
    [Theory]
    [InlineData(302, 0, 0, Allow)]           // prlimit64 of oneself
    [InlineData(302, FirstOwn, 0, Allow)]
    [InlineData(302, FirstOwn - 1, 0, Eperm)]
    [InlineData(302, 1, 0, Eperm)]
    [InlineData(203, 1, 0, Eperm)]           // sched_setaffinity
    [InlineData(141, 0, 0, Allow)]           // setpriority of a process
    [InlineData(141, 0, 1, Eperm)]
    [InlineData(141, 0, FirstOwn + 1, Allow)]
    [InlineData(141, 1, 0, Allow)]           // of a group
    [InlineData(141, 2, 0, Eperm)]           // of a user
    [InlineData(251, 1, 1, Eperm)]           // ioprio_set of a process
    [InlineData(251, 1, 0, Allow)]
    [InlineData(251, 3, 0, Eperm)]
    public void Targets_BelowTheFirstOwn_AreRefused(uint number, ulong argument0, ulong argument1, uint expected) =>
        Assert.Equal(expected, Run(SyscallTable.X64, 0xC000003E, number, argument0, argument1, 0));

    private const uint FirstOwn = 20;

    private static uint Run(SyscallTable table, uint architecture, uint number, ulong argument0, ulong argument1, ulong argument2)
    {
        var data = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(16), argument0);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(24), argument1);
        BinaryPrimitives.WriteUInt64LittleEndian(data.AsSpan(32), argument2);
        return BpfMachine.RunSeccomp(SeccompFilter.Build(table, FirstOwn), data);
    }
}

using System.Runtime.InteropServices;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Exec;

/// <summary>
/// The system calls an agent's programs need, and no other. A call of <see cref="SyscallTable.Denied"/> is refused (EPERM), any other that is not in the list does not exist (ENOSYS):
/// programs handle both. Only a foreign architecture kills, because <c>int 0x80</c> would otherwise bypass every number below.
/// </summary>
internal static unsafe class SeccompFilter
{
    private const int SetModeFilter = 1;
    private const uint ReturnAllow = 0x7fff0000;
    private const uint ReturnErrno = 0x00050000;
    private const uint ReturnKillProcess = 0x80000000;

    // Offsets in struct seccomp_data. Arguments are 64 bits wide; the kernel looks at the low half of these.
    private const uint NumberOffset = 0;
    private const uint ArchitectureOffset = 4;

    private const uint NamespaceFlags = 0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000;
    private const uint X32Bit = 0x40000000;

    private static uint Argument(int index) => (uint)(16 + (8 * index));

    public static GuestEvent Apply()
    {
        if (SyscallTable.ForThisMachine() is not { } table)
        {
            return LayerReport.Missing(SandboxLayers.Seccomp, $"no filter for {RuntimeInformation.ProcessArchitecture}");
        }

        var filter = Build(table, (uint)Environment.ProcessId);
        fixed (BpfInstruction* instructions = filter)
        {
            var program = new BpfProgram { Length = (ushort)filter.Length, Instructions = instructions };
            return Libc.Syscall(table.Seccomp, SetModeFilter, 0, (nint)(&program)) == 0
                ? LayerReport.Applied(SandboxLayers.Seccomp, $"{table.Allowed.Count} calls allowed, others refused")
                : LayerReport.Missing(SandboxLayers.Seccomp, Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()));
        }
    }

    /// <param name="firstOwn">The exec stage's id: below it are PID 1 and its threads, which have the agent's uid and could be starved.</param>
    internal static BpfInstruction[] Build(SyscallTable table, uint firstOwn)
    {
        var code = new List<BpfInstruction>
        {
            Bpf.LoadWord(ArchitectureOffset),
            Bpf.JumpIfEqual(table.AuditArchitecture, 1, 0),
            Bpf.Return(ReturnKillProcess),
            Bpf.LoadWord(NumberOffset),
            Bpf.JumpIfGreaterOrEqual(X32Bit, 0, 1),
            Bpf.Return(ReturnErrno | Linux.ENOSYS),
        };
        foreach (var (first, last) in Ranges(table.Allowed))
        {
            code.Add(Bpf.JumpIfGreaterOrEqual(first, 0, 2));
            code.Add(Bpf.JumpIfGreater(last, 1, 0));
            code.Add(Bpf.Return(ReturnAllow));
        }

        foreach (var number in table.Denied)
        {
            code.Add(Bpf.JumpIfEqual(number, 0, 1));
            code.Add(Bpf.Return(ReturnErrno | Linux.EPERM));
        }

        AddCheck(code, table.Fork,
            Bpf.LoadWord(Argument(0)),
            Bpf.JumpIfSet(NamespaceFlags, 0, 1),
            Bpf.Return(ReturnErrno | Linux.EPERM));
        AddCheck(code, table.Socket,
            Bpf.LoadWord(Argument(0)),
            Bpf.JumpIfEqual(Linux.AF_UNIX, 5, 0),
            Bpf.JumpIfEqual(Linux.AF_INET, 4, 0),
            Bpf.JumpIfEqual(Linux.AF_INET6, 3, 0),
            Bpf.JumpIfEqual(Linux.AF_NETLINK, 0, 3), // protocol 0 (routing) is how programs list interfaces
            Bpf.LoadWord(Argument(2)),
            Bpf.JumpIfEqual(0, 0, 1),
            Bpf.Return(ReturnAllow),
            Bpf.Return(ReturnErrno | Linux.EAFNOSUPPORT)); // AF_VSOCK, AF_PACKET, AF_ALG, …
        AddCheck(code, table.Ioctl,
            Bpf.LoadWord(Argument(1)),
            Bpf.JumpIfEqual(0x5412, 3, 0), // TIOCSTI: types into the operator's terminal
            Bpf.JumpIfEqual(0x541c, 2, 0), // TIOCLINUX: pastes into it
            Bpf.JumpIfEqual(0x5423, 1, 0), // TIOCSETD: loads line disciplines
            Bpf.Return(ReturnAllow),
            Bpf.Return(ReturnErrno | Linux.EPERM));
        AddCheck(code, table.Personality,
            Bpf.LoadWord(Argument(0)),
            Bpf.JumpIfEqual(0, 3, 0),
            Bpf.JumpIfEqual(0x00040000, 2, 0), // ADDR_NO_RANDOMIZE: debuggers
            Bpf.JumpIfEqual(0xffffffff, 1, 0), // query
            Bpf.Return(ReturnErrno | Linux.EPERM),
            Bpf.Return(ReturnAllow));
        foreach (var number in table.Targeted)
        {
            AddCheck(code, number, [Bpf.LoadWord(Argument(0)), .. OwnOnly(firstOwn)]);
        }

        AddCheck(code, table.SetPriority, ByKind(process: 0, user: 2, firstOwn));
        AddCheck(code, table.SetInputOutputPriority, ByKind(process: 1, user: 3, firstOwn));

        // clone3 among them: its flags are behind a pointer, and libc falls back to clone.
        code.Add(Bpf.Return(ReturnErrno | Linux.ENOSYS));
        return [.. code];
    }

    /// <summary>Neighbours together: the most used calls have the lowest numbers and are found first.</summary>
    private static IEnumerable<(uint First, uint Last)> Ranges(IReadOnlyList<uint> ascending)
    {
        for (var at = 0; at < ascending.Count; at++)
        {
            var first = ascending[at];
            while (at + 1 < ascending.Count && ascending[at + 1] == ascending[at] + 1)
            {
                at++;
            }

            yield return (first, ascending[at]);
        }
    }

    /// <summary>0 is the caller itself.</summary>
    private static BpfInstruction[] OwnOnly(uint firstOwn) =>
    [
        Bpf.JumpIfEqual(0, 2, 0),
        Bpf.JumpIfGreaterOrEqual(firstOwn, 1, 0),
        Bpf.Return(ReturnErrno | Linux.EPERM),
        Bpf.Return(ReturnAllow),
    ];

    /// <summary>A user's processes are PID 1, too; a group's are not.</summary>
    private static BpfInstruction[] ByKind(uint process, uint user, uint firstOwn) =>
    [
        Bpf.LoadWord(Argument(0)),
        Bpf.JumpIfEqual(user, 0, 1),
        Bpf.Return(ReturnErrno | Linux.EPERM),
        Bpf.JumpIfEqual(process, 1, 0),
        Bpf.Return(ReturnAllow),
        Bpf.LoadWord(Argument(1)),
        .. OwnOnly(firstOwn),
    ];

    /// <summary>A check that runs for one call only. Falling off its end allows.</summary>
    private static void AddCheck(List<BpfInstruction> code, uint number, params BpfInstruction[] check)
    {
        code.Add(Bpf.JumpIfEqual(number, 0, (byte)(check.Length + 1)));
        code.AddRange(check);
        code.Add(Bpf.Return(ReturnAllow));
    }
}

using System.Runtime.InteropServices;

namespace SecureAgent.Guest.Native;

/// <summary>struct sock_filter.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct BpfInstruction
{
    public ushort Code;
    public byte JumpTrue;
    public byte JumpFalse;
    public uint Constant;
}

/// <summary>struct sock_fprog.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct BpfProgram
{
    public ushort Length;
    public BpfInstruction* Instructions;
}

/// <summary>Classic BPF (linux/bpf_common.h), the language of seccomp and of socket filters.</summary>
internal static class Bpf
{
    public static BpfInstruction LoadWord(uint offset) => new() { Code = 0x20, Constant = offset };

    public static BpfInstruction LoadHalf(uint offset) => new() { Code = 0x28, Constant = offset };

    public static BpfInstruction LoadByte(uint offset) => new() { Code = 0x30, Constant = offset };

    public static BpfInstruction LoadByteIndexed(uint offset) => new() { Code = 0x50, Constant = offset };

    /// <summary>X = 4 * (low nibble of the byte): the length of an IPv4 header.</summary>
    public static BpfInstruction LoadHeaderLength(uint offset) => new() { Code = 0xb1, Constant = offset };

    public static BpfInstruction And(uint mask) => new() { Code = 0x54, Constant = mask };

    public static BpfInstruction JumpIfEqual(uint value, byte yes, byte no) =>
        new() { Code = 0x15, JumpTrue = yes, JumpFalse = no, Constant = value };

    public static BpfInstruction JumpIfGreater(uint value, byte yes, byte no) =>
        new() { Code = 0x25, JumpTrue = yes, JumpFalse = no, Constant = value };

    public static BpfInstruction JumpIfGreaterOrEqual(uint value, byte yes, byte no) =>
        new() { Code = 0x35, JumpTrue = yes, JumpFalse = no, Constant = value };

    public static BpfInstruction JumpIfSet(uint mask, byte yes, byte no) =>
        new() { Code = 0x45, JumpTrue = yes, JumpFalse = no, Constant = mask };

    public static BpfInstruction Return(uint value) => new() { Code = 0x06, Constant = value };
}

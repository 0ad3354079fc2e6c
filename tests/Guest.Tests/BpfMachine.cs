using System.Buffers.Binary;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Tests;

/// <summary>The classic BPF instructions our filters use, interpreted: big-endian loads for packets, little-endian for seccomp_data.</summary>
internal static class BpfMachine
{
    public static uint Run(BpfInstruction[] program, ReadOnlySpan<byte> data, byte packetType) => Run(program, data, packetType, bigEndian: true);

    public static uint RunSeccomp(BpfInstruction[] program, ReadOnlySpan<byte> data) => Run(program, data, 0, bigEndian: false);

    private static uint Run(BpfInstruction[] program, ReadOnlySpan<byte> data, byte packetType, bool bigEndian)
    {
        uint a = 0, x = 0;
        for (var pc = 0; pc < program.Length; pc++)
        {
            var i = program[pc];
            switch (i.Code)
            {
                case 0x20: a = bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(data[(int)i.Constant..]) : BinaryPrimitives.ReadUInt32LittleEndian(data[(int)i.Constant..]); break;
                case 0x28: a = BinaryPrimitives.ReadUInt16BigEndian(data[(int)i.Constant..]); break;
                case 0x30: a = i.Constant == unchecked((uint)(-0x1000 + 4)) ? packetType : data[(int)i.Constant]; break;
                case 0x50: a = data[(int)(x + i.Constant)]; break;
                case 0xb1: x = 4u * (data[(int)i.Constant] & 0x0fu); break;
                case 0x54: a &= i.Constant; break;
                case 0x15: pc += a == i.Constant ? i.JumpTrue : i.JumpFalse; break;
                case 0x25: pc += a > i.Constant ? i.JumpTrue : i.JumpFalse; break;
                case 0x35: pc += a >= i.Constant ? i.JumpTrue : i.JumpFalse; break;
                case 0x45: pc += (a & i.Constant) != 0 ? i.JumpTrue : i.JumpFalse; break;
                case 0x06: return i.Constant;
                default: throw new InvalidOperationException($"instruction {i.Code:x} is not known");
            }
        }

        throw new InvalidOperationException("fell off the end");
    }
}

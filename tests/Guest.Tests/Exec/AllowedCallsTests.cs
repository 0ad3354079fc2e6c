using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using SecureAgent.Guest.Exec;

namespace SecureAgent.Guest.Tests.Exec;

/// <summary>What an agent may ask of the kernel is a reviewed list; a change of it is a change of <c>Snapshots/allowed-calls.txt</c>.</summary>
public sealed partial class AllowedCallsTests
{
    private const uint Allow = 0x7fff0000;

    [Fact]
    public void List_IsTheReviewedOne()
    {
        var reviewed = File.ReadAllLines(Path.Combine(Folder(), "Snapshots", "allowed-calls.txt"));

        Assert.Equal(reviewed, AllowedCalls.All.Select(call => call.Name));
    }

    [Fact]
    public void Filter_AllowsWhatIsListed_AndNothingElse()
    {
        foreach (var (table, architecture) in new[] { (SyscallTable.X64, 0xC000003Eu), (SyscallTable.Arm64, 0xC00000B7u) })
        {
            uint[] lookedInto = [table.Fork, table.Socket, table.Ioctl, table.Personality, table.SetPriority, table.SetInputOutputPriority, .. table.Targeted];
            var program = SeccompFilter.Build(table, 20);
            var allowed = Enumerable.Range(0, 1024).Select(number => (uint)number).Except(lookedInto).Where(number => Decide(program, architecture, number) == Allow);

            Assert.Equal(table.Allowed, allowed);
        }
    }

    [Theory]
    [InlineData("/usr/include/x86_64-linux-gnu/asm/unistd_64.h", false)]
    [InlineData("/usr/include/asm-generic/unistd.h", true)]
    public void Numbers_AreTheKernels(string header, bool isArm64)
    {
        Assert.SkipUnless(File.Exists(header), $"{header} is not here");
        var known = Define().Matches(File.ReadAllText(header)).ToDictionary(match => match.Groups[1].Value == "fstatat" ? "newfstatat" : match.Groups[1].Value, match => int.Parse(match.Groups[2].Value, null), StringComparer.Ordinal);

        var compared = AllowedCalls.All.Select(call => (call.Name, Number: isArm64 ? call.Arm64 : call.X64)).Where(call => known.ContainsKey(call.Name)).ToList();

        Assert.True(compared.Count > 200, $"{compared.Count} of the names are in {header}");
        Assert.All(compared, call => Assert.Equal(known[call.Name], call.Number));
    }

    private static uint Decide(Native.BpfInstruction[] program, uint architecture, uint number)
    {
        var data = new byte[64];
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        System.Buffers.Binary.BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(4), architecture);
        return BpfMachine.RunSeccomp(program, data);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(Path.GetDirectoryName(file))!;

    [GeneratedRegex(@"^#define __NR(?:3264)?_(\w+)\s+(\d+)", RegexOptions.Multiline)]
    private static partial Regex Define();
}

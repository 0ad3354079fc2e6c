using System.Diagnostics;
using System.Runtime.InteropServices;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>System calls from a program in the sandbox; the same program on the host is the control.</summary>
public sealed class SystemCallTests(SandboxFixture sandbox)
{
    /// <summary>Prints name and errno of each call. Arguments are such that no call does anything where it is allowed.</summary>
    private const string Calls = """
        sub try { my ($name, $number, @args) = @_; my $r = syscall($number, @args); print $name, ' ', ($r < 0 ? $!+0 : 0), "\n"; }
        try('keyctl', 250, 0, -3, 0);
        try('io_uring_setup', 425, 0, 0);
        try('userfaultfd', 323, 0xffff);
        try('bpf', 321, 999, 0, 0);
        try('perf_event_open', 298, 0, 0, 0, 0, 0);
        try('process_vm_readv', 310, $$, 0, 0, 0, 0, 0);
        try('mount', 165, 0, 0, 0, 0, 0);
        try('setns', 308, -1, 0);
        try('unshare', 272, 0);
        try('clone_newuser', 56, 0x10000200, 0, 0, 0, 0);
        try('clone3', 435, 0, 0);
        try('vsock', 41, 40, 1, 0);
        try('packet', 41, 17, 3, 0);
        try('netlink_audit', 41, 16, 3, 9);
        try('netlink_route', 41, 16, 3, 0);
        try('tiocsti', 16, 0, 0x5412, 0);
        try('x32', 0x40000000 + 39);
        try('personality', 135, 0xffffffff);
        try('ptrace', 101, 0, 0, 0, 0);
        try('vmsplice', 278, -1, 0, 0, 0);
        try('get_robust_list', 274, 0, 0, 0);
        """;

    [Fact]
    public async Task Calls_FromTheAgent_AreRefusedThatTheHostAllows()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/perl") && RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs perl and x86-64 numbers");
        const int eperm = 1, enosys = 38, eafnosupport = 97;

        var inside = Parse((await sandbox.RunAsync(["perl", "-e", Calls])).Output);
        var outside = Parse(await OnHostAsync("perl", "-e", Calls));

        foreach (var call in new[] { "keyctl", "io_uring_setup", "userfaultfd", "bpf", "perf_event_open", "process_vm_readv", "mount", "setns", "unshare", "clone_newuser", "tiocsti", "ptrace" })
        {
            Assert.True(inside[call] == eperm, $"{call}: {inside[call]}");
        }

        Assert.Equal((enosys, enosys), (inside["clone3"], inside["x32"]));
        Assert.Equal((enosys, enosys), (inside["vmsplice"], inside["get_robust_list"]));
        Assert.Equal((eafnosupport, eafnosupport, eafnosupport), (inside["vsock"], inside["packet"], inside["netlink_audit"]));
        Assert.Equal((0, 0), (inside["netlink_route"], inside["personality"]));
        // Control: these get past the entry on the host, whoever runs the tests.
        foreach (var call in new[] { "setns", "unshare", "ptrace", "netlink_audit", "clone_newuser", "clone3", "process_vm_readv", "tiocsti", "vmsplice", "get_robust_list" })
        {
            Assert.False(outside[call] == inside[call], $"{call} on the host: {outside[call]}");
        }
    }

    [Fact]
    public async Task ThirtyTwoBitEntry_KillsTheProgram()
    {
        Assert.SkipUnless(RuntimeInformation.ProcessArchitecture == Architecture.X64, "int 0x80 is x86's");
        var file = Path.Combine(Path.GetTempPath(), $"sa-int80-{Environment.ProcessId}");
        await File.WriteAllBytesAsync(file, Int80Exit42);
        File.SetUnixFileMode(file, (UnixFileMode)Convert.ToInt32("755", 8));
        try
        {
            using var control = Process.Start(file);
            await control.WaitForExitAsync();
            Assert.SkipUnless(control.ExitCode == 42, "this kernel has no 32-bit entry");

            var encoded = Convert.ToBase64String(Int80Exit42);
            var result = await sandbox.ShellAsync($"echo {encoded} | base64 -d > /tmp/x; chmod +x /tmp/x; /tmp/x; echo code $?");

            Assert.Equal("code 159\n", result.Output); // 128 + SIGSYS
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>An ELF file of one segment: mov ebx, 42; mov eax, 1 (exit of i386); int 0x80.</summary>
    private static byte[] Int80Exit42 =>
    [
        0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0x3e, 0, 1, 0, 0, 0, 0x78, 0, 0x40, 0, 0, 0, 0, 0,
        0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0x38, 0, 1, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0,
        0x84, 0, 0, 0, 0, 0, 0, 0, 0x84, 0, 0, 0, 0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0,
        0xbb, 42, 0, 0, 0, 0xb8, 1, 0, 0, 0, 0xcd, 0x80,
    ];

    private static async Task<string> OnHostAsync(string program, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo(program, args) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    private static Dictionary<string, int> Parse(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToDictionary(parts => parts[0], parts => int.Parse(parts[1], null), StringComparer.Ordinal);
}

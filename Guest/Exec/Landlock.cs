using System.Runtime.InteropServices;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Exec;

/// <summary>
/// Landlock (Documentation/userspace-api/landlock.rst) on top of the mounts: what the mounts make read-only is also unwritable by
/// rule, and signals to PID 1 and its helpers are closed. Network rights stay unhandled: they would also stop the agent's own servers.
/// </summary>
internal static unsafe class Landlock
{
    private const uint CreateRulesetVersion = 1;
    private const int RulePathBeneath = 1;

    private const ulong Execute = 1 << 0;
    private const ulong WriteFile = 1 << 1;
    private const ulong ReadFile = 1 << 2;
    private const ulong ReadDir = 1 << 3;
    private const ulong Refer = 1 << 13;
    private const ulong Truncate = 1 << 14;
    private const ulong IoctlDev = 1 << 15;

    /// <summary>Rights that mean something for a file; the kernel refuses (EINVAL) the others on one.</summary>
    private const ulong FileRights = Execute | WriteFile | ReadFile | Truncate | IoctlDev;
    private const ulong ReadRights = Execute | ReadFile | ReadDir;

    private const ulong ScopeAbstractUnixSocket = 1;
    private const ulong ScopeSignal = 2;

    [StructLayout(LayoutKind.Sequential)]
    private struct RulesetAttributes
    {
        public ulong HandledFileSystem;
        public ulong HandledNetwork;
        public ulong Scoped;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    private struct PathBeneath
    {
        public ulong Allowed;
        public int Parent;
    }

    /// <summary>The kernel's ABI version; 0 or less when Landlock is absent or disabled.</summary>
    public static int Abi() => (int)Libc.Syscall(Linux.SYS_landlock_create_ruleset, 0, 0, (nint)CreateRulesetVersion);

    public static GuestEvent Apply(IEnumerable<string> readPaths, IEnumerable<string> writePaths)
    {
        var abi = Abi();
        if (abi <= 0)
        {
            return LayerReport.Missing(SandboxLayers.Landlock, "this kernel has no Landlock, or it is not in the lsm= list");
        }

        var handled = HandledRights(abi);
        // Older kernels know a shorter structure: the size says which members are there.
        var attributes = new RulesetAttributes { HandledFileSystem = handled, Scoped = abi >= 6 ? ScopeAbstractUnixSocket | ScopeSignal : 0 };
        var size = abi switch { >= 6 => 24, >= 4 => 16, _ => 8 };
        var ruleset = (int)Libc.Syscall(Linux.SYS_landlock_create_ruleset, (nint)(&attributes), size, 0);
        if (ruleset < 0)
        {
            throw GuestException.FromErrno("landlock_create_ruleset");
        }

        AddRule(ruleset, "/", ReadDir);
        foreach (var path in readPaths)
        {
            AddRule(ruleset, path, ReadRights);
        }

        foreach (var path in writePaths)
        {
            AddRule(ruleset, path, handled);
        }

        if (Libc.Syscall(Linux.SYS_landlock_restrict_self, ruleset, 0, 0) != 0)
        {
            throw GuestException.FromErrno("landlock_restrict_self");
        }

        _ = Libc.Close(ruleset);
        return LayerReport.Applied(SandboxLayers.Landlock, $"ABI {abi}");
    }

    internal static ulong HandledRights(int abi) => abi switch
    {
        >= 5 => (IoctlDev << 1) - 1,
        >= 3 => (Truncate << 1) - 1,
        2 => (Refer << 1) - 1,
        _ => Refer - 1,
    };

    private static void AddRule(int ruleset, string path, ulong rights)
    {
        var parent = Libc.Open(path, Linux.O_PATH | Linux.O_CLOEXEC);
        if (parent < 0)
        {
            throw GuestException.FromErrno($"Landlock rule for {path}");
        }

        var rule = new PathBeneath { Allowed = Directory.Exists(path) ? rights : rights & FileRights, Parent = parent };
        if (Libc.Syscall(Linux.SYS_landlock_add_rule, ruleset, RulePathBeneath, (nint)(&rule), 0) != 0)
        {
            throw GuestException.FromErrno($"Landlock rule for {path}");
        }

        _ = Libc.Close(parent);
    }
}

using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Launch;

namespace SecureAgent.AgentRunner.Sandbox.Bubblewrap;

/// <summary>The command line of one sandbox, a chain in which every stage becomes the next.</summary>
/// <remarks>
/// <code>
/// guest launch       host, server's uid: parent-death signal, control groups; of a server that is root the network, and then a uid of the session's own
///   unshare          [server is not root] user and network namespace, so that
///     guest netsetup     has capabilities over that network and nothing else
///       bwrap        mounts and the other namespaces; not --unshare-net: nobody could set its network up
///         guest init     PID 1, uid 1000, no capabilities
/// </code>
/// </remarks>
internal sealed record BubblewrapArguments(HostTools Tools, GuestProgram Program, SandboxTree Tree)
{
    /// <summary>A descriptor that no stage uses for anything else.</summary>
    public const int PacketDescriptor = 9;

    public LaunchOrder Order(SandboxRequest request, bool catchBypass) => WithNetwork(Sandbox(request), catchBypass) with { Uid = SandboxUids.OnHost(request.HostUid) };

    /// <summary>What stands before a command that runs as a session of this uid.</summary>
    public IReadOnlyList<string> AsSession(uint uid) => [.. Program.OnHost("launch"), .. new LaunchOrder([]) { Uid = SandboxUids.OnHost(uid) }.Words];

    /// <summary>A command in a network of its own.</summary>
    public LaunchOrder WithNetwork(IReadOnlyList<string> command, bool catchBypass)
    {
        var descriptor = catchBypass ? PacketDescriptor : 0;
        return SandboxUids.ServerIsRoot
            ? new LaunchOrder(command) { NewNetwork = true, PacketDescriptor = descriptor }
            : new LaunchOrder([Tools.Unshare!, "--user", "--map-root-user", "--net", .. Program.OnHost("netsetup"), .. LaunchOrder.PacketFd(descriptor), "--", .. command]);
    }

    private IReadOnlyList<string> Sandbox(SandboxRequest request) =>
    [
        .. Namespaces,
        .. Mounts(request),
        "--",
        .. Program.Inside("init", "--config", SandboxPaths.GuestConfig),
    ];

    private IReadOnlyList<string> Namespaces =>
    [
        Tools.Bubblewrap!,
        "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup",
        "--uid", "1000", "--gid", "1000", "--disable-userns", "--hostname", "sandbox",
        "--die-with-parent", "--as-pid-1", "--cap-drop", "ALL", "--clearenv",
        // The runtime's diagnostics socket would let the agent, which has the same uid, into PID 1.
        .. Program.IsManaged ? (string[])["--setenv", "DOTNET_EnableDiagnostics", "0"] : [],
    ];

    private IReadOnlyList<string> Mounts(SandboxRequest request)
    {
        var size = request.Limits.TmpBytes.ToString(CultureInfo.InvariantCulture);
        return
        [
            .. Directories("/etc", "/etc/dotnet", "/opt", "/opt/secure-agent", "/run", "/home", "/mnt"),
            .. Tree.Links.SelectMany(link => (string[])["--symlink", link.Target, link.Path]),
            .. Tree.Binds.SelectMany(bind => ReadOnly(bind.Source, bind.Target)),
            .. ReadOnly(request.Directory, SandboxPaths.Session),
            .. request.HasWorkspace ? (string[])["--bind", request.WorkspaceDirectory, SandboxPaths.Workspace] : [],
            "--proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--size", size, "--tmpfs", "/tmp",
            "--perms", "0700", "--size", size, "--tmpfs", SandboxPaths.Home,
            "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm",
            .. SandboxTree.ToolsOf(request).SelectMany(tool => ReadOnly(tool.Source, tool.Target)),
            // Last, and in this order: nothing can be mounted below them afterwards.
            "--remount-ro", "/dev", "--remount-ro", "/",
        ];
    }

    private static IEnumerable<string> Directories(params string[] paths) => paths.SelectMany(path => (string[])["--perms", "0755", "--dir", path]);

    private static string[] ReadOnly(string source, string target) => ["--ro-bind", source, target];
}

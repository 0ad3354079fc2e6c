using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Bubblewrap;

/// <summary>The command line of one sandbox, a chain in which every stage becomes the next.</summary>
/// <remarks>
/// <code>
/// guest launch       host, server's uid: parent-death signal, control groups
///   setpriv          [server is root] a uid of the session's own
///     unshare        user and network namespace, so that
///       guest netsetup   has capabilities over that network and nothing else
///         bwrap      mounts and the other namespaces; not --unshare-net: its network would belong to a namespace nobody has capabilities in
///           guest init   PID 1, uid 1000, no capabilities
/// </code>
/// </remarks>
internal sealed record BubblewrapArguments(HostTools Tools, GuestProgram Program, SandboxTree Tree)
{
    /// <summary>A descriptor that no stage uses for anything else.</summary>
    public const int PacketDescriptor = 9;

    public IReadOnlyList<string> Build(SandboxRequest request, IEnumerable<string> controlGroups, int serverProcess, bool catchBypass) =>
    [
        .. Program.OnHost("launch", "--parent", serverProcess.ToString(CultureInfo.InvariantCulture)),
        .. controlGroups.SelectMany(group => (string[])["--cgroup", group]),
        "--",
        .. DropIdentity(request.HostUid),
        .. NewNetwork(catchBypass),
        .. Namespaces,
        .. Mounts(request),
        "--",
        .. Program.Inside("init", "--config", SandboxPaths.GuestConfig),
    ];

    /// <summary>The parent-death signal is set again: the kernel clears it when credentials change.</summary>
    public IReadOnlyList<string> DropIdentity(uint uid) => SandboxUids.ServerIsRoot
        ?
        [
            Tools.Setpriv!, string.Create(CultureInfo.InvariantCulture, $"--reuid={uid}"), string.Create(CultureInfo.InvariantCulture, $"--regid={uid}"),
            "--clear-groups", "--no-new-privs", "--pdeathsig", "KILL",
        ]
        : [];

    public IReadOnlyList<string> NewNetwork(bool catchBypass) =>
    [
        Tools.Unshare!, "--user", "--map-root-user", "--net",
        .. Program.OnHost("netsetup"),
        .. catchBypass ? (string[])["--packet-fd", PacketDescriptor.ToString(CultureInfo.InvariantCulture)] : [],
        "--",
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

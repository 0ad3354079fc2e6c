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
internal sealed record BubblewrapArguments(HostTools Tools, GuestProgram Program, EtcFiles Etc)
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
            "--ro-bind", "/usr", "/usr",
            .. UsrLinks(),
            .. Directories("/etc", "/etc/dotnet", "/opt", "/opt/secure-agent", "/run", "/home", "/mnt"),
            .. Etc.Binds.SelectMany(bind => ReadOnly(bind.Source, bind.Target)),
            .. ReadOnly(Program.Directory, SandboxPaths.Guest),
            .. Program.AgentDirectory is { } agent ? ReadOnly(agent, SandboxPaths.Agent) : [],
            .. Program.DotnetRootInside == SandboxPaths.Dotnet ? ReadOnly(Program.DotnetRoot, SandboxPaths.Dotnet) : [],
            .. ReadOnly(request.Directory, SandboxPaths.Session),
            .. request.HasWorkspace ? (string[])["--bind", request.WorkspaceDirectory, SandboxPaths.Workspace] : [],
            "--proc", "/proc", "--dev", "/dev",
            "--perms", "1777", "--size", size, "--tmpfs", "/tmp",
            "--perms", "0700", "--size", size, "--tmpfs", SandboxPaths.Home,
            "--perms", "1777", "--size", size, "--tmpfs", "/dev/shm",
            .. request.Limits.Tools.SelectMany(tool => ReadOnly(tool, tool)),
            // Last, and in this order: nothing can be mounted below them afterwards.
            "--remount-ro", "/dev", "--remount-ro", "/",
        ];
    }

    /// <summary>/bin, /lib and so on as the host has them: links into /usr, or on older layouts directories of their own.</summary>
    private static IEnumerable<string> UsrLinks()
    {
        foreach (var name in new[] { "bin", "sbin", "lib", "lib32", "lib64", "libx32" })
        {
            var path = new DirectoryInfo("/" + name);
            if (path.LinkTarget is { } target)
            {
                yield return "--symlink";
                yield return target.TrimStart('/');
                yield return path.FullName;
            }
            else if (path.Exists)
            {
                yield return "--ro-bind";
                yield return path.FullName;
                yield return path.FullName;
            }
        }
    }

    private static IEnumerable<string> Directories(params string[] paths) => paths.SelectMany(path => (string[])["--perms", "0755", "--dir", path]);

    private static string[] ReadOnly(string source, string target) => ["--ro-bind", source, target];
}

using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>The command line of one container. Nothing is pulled: its root is the directory of the other drivers, and what is bound over it.</summary>
/// <param name="Runtime">What podman starts containers with; null for its own default.</param>
internal sealed record ContainerArguments(string Podman, string? Runtime, ContainerHome Home, SandboxRoot Root, GuestProgram Program)
{
    private const int OpenFiles = 20_000;

    public static string NameOf(string sessionId) => $"secure-agent-{sessionId}";

    /// <summary>Without podman's own system call filter: Guest's is the stricter one, and a machine without any is then told so by that layer's name.</summary>
    public IReadOnlyList<string> Run(SandboxRequest request) =>
    [
        .. Engine, "run", "--rm", "--interactive", "--name", NameOf(request.SessionId), "--cidfile", Home.IdFileOf(request.SessionId),
        "--pull=never", "--log-driver=none", "--systemd=false", "--image-volume=ignore",
        "--network=none", "--no-hosts", "--hostname", "sandbox", "--ipc=none", "--cgroups=disabled", "--cgroupns=host",
        "--read-only", "--read-only-tmpfs=false", "--cap-drop=all", "--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined", "--passwd=false", "--user", "1000:1000",
        .. Identity("--uidmap", request.HostUid), .. Identity("--gidmap", request.HostUid),
        "--unsetenv-all", "--http-proxy=false", "--env", "PATH=/usr/bin:/bin", "--env", "DOTNET_EnableDiagnostics=0",

        // podman asks for its own, which a server without CAP_SYS_RESOURCE could not raise; the session's limits are the control group's and Guest's.
        "--ulimit", Limit("nofile", OpenFiles), "--ulimit", Limit("nproc", request.Limits.Pids + ContainerDriver.OwnProcesses),
        "--sysctl", "net.ipv4.ip_unprivileged_port_start=0",
        .. Mounts(request),
        "--rootfs", Root.For(request),
        .. Program.Inside("init", "--config", SandboxPaths.GuestConfig),
    ];

    /// <summary>Ends and removes what is left of a container, if anything is.</summary>
    public IReadOnlyList<string> Remove(string sessionId) => [.. Engine, "rm", "--force", "--ignore", "--time=0", NameOf(sessionId)];

    /// <summary>With storage, locks and state of the server's own: it sees no container of the machine's, and nobody's configuration changes it.</summary>
    private IReadOnlyList<string> Engine =>
    [
        "env", $"CONTAINERS_CONF={Home.Configuration}", $"HOME={Home.Directory}", Podman,
        "--root", Home.Storage, "--runroot", Home.State, "--tmpdir", Home.Temporary, "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs",
        .. Runtime is { } runtime ? (string[])["--runtime", runtime] : [],
    ];

    /// <summary>The session's own uid is the agent's inside. Root inside, which only sets the container up, is a uid that nothing else has.</summary>
    private static string[] Identity(string option, uint uid) =>
        [option, string.Create(CultureInfo.InvariantCulture, $"1000:{uid}:1"), option, string.Create(CultureInfo.InvariantCulture, $"0:{SandboxUids.ContainerRoot}:1")];

    private static string Limit(string what, long value) => string.Create(CultureInfo.InvariantCulture, $"{what}={value}:{value}");

    private IEnumerable<string> Mounts(SandboxRequest request)
    {
        var size = request.Limits.TmpBytes.ToString(CultureInfo.InvariantCulture);
        return
        [
            .. Root.Binds.SelectMany(bind => Bind(bind.Source, bind.Target)),
            .. Bind(request.Directory, SandboxPaths.Session),
            .. request.HasWorkspace ? (string[])["--mount", $"type=bind,src={request.WorkspaceDirectory},dst={SandboxPaths.Workspace}"] : [],
            .. SandboxTree.ToolsOf(request).SelectMany(tool => Bind(tool.Source, tool.Target)),
            "--tmpfs", "/sys:ro,size=4096,mode=0555,notmpcopyup", "--tmpfs", "/sys/fs/cgroup:ro,size=4096,mode=0555,notmpcopyup",
            "--tmpfs", $"/tmp:rw,exec,mode=1777,size={size},notmpcopyup", "--tmpfs", $"/dev/shm:rw,exec,mode=1777,size={size},notmpcopyup",
            "--mount", $"type=tmpfs,dst={SandboxPaths.Home},tmpfs-size={size},tmpfs-mode=0700,notmpcopyup,U=true",
        ];
    }

    private static string[] Bind(string source, string target) => ["--mount", $"type=bind,src={source},dst={target},ro=true"];
}

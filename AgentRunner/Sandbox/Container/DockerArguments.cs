using System.Globalization;
using SecureAgent.AgentRunner.Sandbox.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>The command line of one container of docker's.</summary>
internal sealed record DockerArguments(DockerEngine Engine, SandboxRoot Root, GuestProgram Program)
{
    private const string Passwd = "/etc/passwd";
    private const string Group = "/etc/group";
    private const int OpenFiles = 20_000;

    /// <summary>Each session has these of its own, with its uid.</summary>
    private static bool HasOwnAccounts((string Source, string Target) bind) => bind.Target is Passwd or Group;

    /// <param name="image">An id.</param>
    /// <param name="accounts">Directory with the session's passwd and group: its uid has a name there.</param>
    public IReadOnlyList<string> Run(SandboxRequest request, string image, string accounts)
    {
        var size = Number(request.Limits.TmpBytes);
        var uid = Number(request.HostUid);
        return Engine.Command(
        [
            "run", "--rm", "--interactive", "--name", ContainerArguments.NameOf(request.SessionId), "--pull=never", "--log-driver=none", "--no-healthcheck",
            "--network=none", "--hostname", "sandbox", "--ipc=none", "--read-only", "--cap-drop=ALL", "--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined",
            "--user", $"{uid}:{uid}", "--env", "PATH=/usr/bin:/bin", "--env", "DOTNET_EnableDiagnostics=0", "--workdir", "/",
            .. Limits(request),
            "--ulimit", $"nofile={OpenFiles}:{OpenFiles}", "--sysctl", "net.ipv4.ip_unprivileged_port_start=0",
            .. Root.Binds.Where(bind => !HasOwnAccounts(bind)).SelectMany(bind => Bind(bind.Source, bind.Target)),
            .. Bind(Path.Combine(accounts, "passwd"), Passwd), .. Bind(Path.Combine(accounts, "group"), Group),
            .. Bind(request.Directory, SandboxPaths.Session),
            .. request.HasWorkspace ? (string[])["--mount", $"type=bind,src={request.WorkspaceDirectory},dst={SandboxPaths.Workspace}"] : [],
            .. SandboxTree.ToolsOf(request).SelectMany(tool => Bind(tool.Source, tool.Target)),
            "--tmpfs", "/sys:ro,size=4096,mode=0555", "--tmpfs", "/sys/fs/cgroup:ro,size=4096,mode=0555",
            "--tmpfs", $"/tmp:rw,exec,mode=1777,size={size}", "--tmpfs", $"/dev/shm:rw,exec,mode=1777,size={size}",
            "--tmpfs", $"{SandboxPaths.Home}:rw,exec,mode=0700,uid={uid},gid={uid},size={size}",
            image,
            .. Program.Inside("init", "--config", SandboxPaths.GuestConfig),
        ]);
    }

    /// <summary>The container is the engine's child, not in the session's own control groups: the engine makes some for it.</summary>
    private static IEnumerable<string> Limits(SandboxRequest request) =>
    [
        "--memory", Number(request.Limits.MemoryBytes), .. CountsSwap ? (string[])["--memory-swap", Number(request.Limits.MemoryBytes)] : [],
        "--pids-limit", Number(request.Limits.Pids), "--cpus", Math.Min(request.Limits.Cpu, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture),
    ];

    /// <summary>Where the kernel does not, docker would say so on the agent's stderr.</summary>
    private static bool CountsSwap => File.Exists("/sys/fs/cgroup/cgroup.controllers") || File.Exists("/sys/fs/cgroup/memory/memory.memsw.limit_in_bytes");

    private static string[] Bind(string source, string target) => ["--mount", $"type=bind,src={source},dst={target},readonly"];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}

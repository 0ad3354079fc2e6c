using System.Globalization;
using System.Text.Json.Nodes;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Native;

namespace SecureAgent.AgentRunner.Sandbox.Gvisor;

/// <summary>One sandbox as runsc gets it: a directory with the container's configuration (OCI runtime specification) and a place for runsc's own state.</summary>
internal static class GvisorBundle
{
    /// <summary>What PID 1 is root of gVisor's kernel for: ports below 1024, signals to the agent, its terminals, and becoming the agent. The agent has none of it.</summary>
    private static readonly string[] OfInit = ["CAP_NET_BIND_SERVICE", "CAP_KILL", "CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"];

    private static readonly string[] Namespaces = ["pid", "network", "ipc", "uts", "mount"];

    public static string ParentOf(string runDirectory) => Path.Combine(runDirectory, "gvisor");

    public static string StateOf(string bundle) => Path.Combine(bundle, "state");

    /// <summary>Below a directory that nothing in a sandbox sees; the configuration is the server's, the state the sandbox's uid's.</summary>
    public static string Create(string runDirectory, SandboxRequest request, GuestProgram program, SandboxRoot root)
    {
        var parent = ParentOf(runDirectory);
        Directory.CreateDirectory(parent);
        File.SetUnixFileMode(parent, (UnixFileMode)Convert.ToInt32("711", 8));
        var bundle = Path.Combine(parent, request.SessionId);
        SessionDirectory.Make(bundle, request.HostUid);
        var config = Path.Combine(bundle, "config.json");
        File.WriteAllText(config, Configuration(request, program, root).ToJsonString());
        File.SetUnixFileMode(config, (UnixFileMode)Convert.ToInt32("444", 8));
        Directory.CreateDirectory(StateOf(bundle));
        File.SetUnixFileMode(StateOf(bundle), (UnixFileMode)Convert.ToInt32("700", 8));
        if (SandboxUids.ServerIsRoot)
        {
            FileOwner.Change(StateOf(bundle), request.HostUid, request.HostUid);
        }

        return bundle;
    }

    internal static JsonObject Configuration(SandboxRequest request, GuestProgram program, SandboxRoot root) => new()
    {
        ["ociVersion"] = "1.0.2",
        ["hostname"] = "sandbox",
        ["root"] = new JsonObject { ["path"] = root.For(request), ["readonly"] = true },
        ["process"] = new JsonObject
        {
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = Strings(program.Inside("init", "--config", SandboxPaths.GuestConfig)),
            ["env"] = Strings(["PATH=/usr/bin:/bin", "HOME=/", "DOTNET_EnableDiagnostics=0"]),
            ["cwd"] = "/",
            ["noNewPrivileges"] = true,
            ["capabilities"] = new JsonObject { ["bounding"] = Strings(OfInit), ["effective"] = Strings(OfInit), ["permitted"] = Strings(OfInit) },
            ["rlimits"] = new JsonArray(new JsonObject { ["type"] = "RLIMIT_NOFILE", ["hard"] = 65536, ["soft"] = 65536 }),
        },
        ["mounts"] = Mounts(request, root),
        ["linux"] = new JsonObject
        {
            ["namespaces"] = new JsonArray([.. Namespaces.Select(type => new JsonObject { ["type"] = type })]),
        },
    };

    private static JsonArray Mounts(SandboxRequest request, SandboxRoot root)
    {
        var size = string.Create(CultureInfo.InvariantCulture, $"size={request.Limits.TmpBytes}");
        return new JsonArray(
        [
            Mount("proc", "proc", "/proc"),
            Mount("tmpfs", "tmpfs", "/sys", "ro", "nosuid", "nodev", "mode=0555", "size=4096"),
            .. root.Binds.Select(bind => Bind(bind.Source, bind.Target)),
            Bind(request.Directory, SandboxPaths.Session),
            .. request.HasWorkspace ? (JsonNode[])[Mount("bind", request.WorkspaceDirectory, SandboxPaths.Workspace, "bind", "rw", "nosuid", "nodev")] : [],
            Mount("tmpfs", "tmpfs", "/tmp", "nosuid", "nodev", "mode=1777", size),
            Mount("tmpfs", "tmpfs", SandboxPaths.Home, "nosuid", "nodev", "mode=0700", "uid=1000", "gid=1000", size),
            Mount("tmpfs", "tmpfs", "/dev/shm", "nosuid", "nodev", "mode=1777", size),
            .. SandboxTree.ToolsOf(request).Select(tool => Bind(tool.Source, tool.Target)),
        ]);
    }

    private static JsonObject Bind(string source, string target) => Mount("bind", source, target, "bind", "ro", "nosuid", "nodev");

    private static JsonObject Mount(string type, string source, string target, params string[] options) =>
        new() { ["type"] = type, ["source"] = source, ["destination"] = target, ["options"] = Strings(options) };

    private static JsonArray Strings(IEnumerable<string> values) => new([.. values.Select(value => JsonValue.Create(value))]);
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Tests.Sandbox;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Tests.Escapes;

/// <summary>
/// One program, more than 300 attempts to get out, run twice: in the sandbox, where each is denied or contained, and in a lab of the same namespaces without the guards, where it must get what it
/// wants. Only what depends on how the kernel was built may fail there.
/// </summary>
public sealed class EscapeTests(SandboxFixture sandbox) : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const int LeastAttempts = 300;
    private const int LeastProved = 250;
    private const int MostUnproved = 10; // other kernels, other answers

    private static readonly SandboxPolicy Limits = SandboxPolicy.Default with { Pids = 200, MemoryBytes = 256L << 20, TmpBytes = 32L << 20 };

    private const string Bombs = "bomb.";

    /// <summary>Driver container on a machine without podman.</summary>
    private const string Docker = "docker";

    /// <summary>Open in gVisor's own kernel, and no further.</summary>
    private static readonly Dictionary<string, string[]> OpenThere = new(StringComparer.Ordinal)
    {
        [SandboxDrivers.Gvisor] = ["proc.read.", "proc.link.ns/", "proc.through.namespace", "proc.list.fd", "option.", "bomb.threads"],
        [SandboxDrivers.Container] = [],
        [Docker] = [],
    };

    private readonly string programs = Directory.CreateTempSubdirectory("sa-escape-").FullName;

    [Fact]
    public async Task EveryAttempt_IsDenied_AndWorksWhereNothingGuards()
    {
        sandbox.RequireSandbox();
        Assert.SkipUnless(File.Exists(Python) && RuntimeInformation.ProcessArchitecture == Architecture.X64, "needs python3 and x86-64 numbers");
        Assert.SkipUnless(File.Exists("/sbin/ip") || File.Exists("/usr/sbin/ip"), "the lab needs iproute2");
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();
        var port = ((IPEndPoint)tcp.LocalEndpoint).Port;
        var name = Path.GetFileName(programs);
        using var stream = Abstract(name, SocketType.Stream);
        using var datagram = Abstract(name + "-dgram", SocketType.Dgram);
        stream.Listen();
        CopyPrograms(programs);

        var control = await InLabAsync(port, name);
        var attempts = await InSandboxAsync(port, name);

        Say(attempts, control);
        Assert.Equal(control.Keys.Order(StringComparer.Ordinal), attempts.Keys.Order(StringComparer.Ordinal));
        Assert.True(attempts.Count >= LeastAttempts, $"{attempts.Count} attempts");
        Assert.Empty(attempts.Where(one => !IsDenied(one.Value.Result)).Select(one => $"{one.Key}: {one.Value.Result}"));
        var unproved = control.Where(one => one.Value.Result != "open" && !one.Value.DependsOnKernel).Select(one => $"{one.Key} in the lab: {one.Value.Result}").ToList();
        Assert.True(unproved.Count <= MostUnproved, string.Join('\n', unproved));
        Assert.True(control.Values.Count(one => one.Result == "open") >= LeastProved, $"{control.Values.Count(one => one.Result == "open")} of {control.Count} work in the lab");
        Assert.False(tcp.Pending());
        Assert.False(stream.Poll(0, SelectMode.SelectRead));
        Assert.Equal(0, datagram.Available);
    }

    /// <summary>
    /// Not part of every run: it takes its time. Bombs come last, each in a session of its own: one that is as large as the session's control group takes gVisor's kernel, in which all memory of the agent is, and
    /// so ends the session it is in.
    /// </summary>
    [Theory(Explicit = true)]
    [InlineData(SandboxDrivers.Gvisor)]
    [InlineData(SandboxDrivers.Container)]
    [InlineData(Docker)]
    public async Task UnderOtherDrivers_EveryAttempt_IsDeniedOrContained(string name)
    {
        await using var docker = new DockerServer();
        await using var host = name == Docker ? await WithoutPodmanAsync(docker) : null;
        var driver = host is not null ? (await host.Drivers.GetAsync(SandboxDrivers.Container, TestContext.Current.CancellationToken)).Driver : await DriversHere.RequireAsync(sandbox, name);
        CopyPrograms(programs);
        using var tcp = new TcpListener(IPAddress.Loopback, 0);
        tcp.Start();
        var (port, socket) = (((IPEndPoint)tcp.LocalEndpoint).Port, Path.GetFileName(programs));
        using var stream = Abstract(socket, SocketType.Stream);
        using var datagram = Abstract(socket + "-dgram", SocketType.Dgram);
        stream.Listen();

        var control = await InLabAsync(port, socket);
        var attempts = await InSandboxAsync(port, socket, driver, $"ESCAPE_WITHOUT={Bombs}");
        foreach (var bomb in control.Keys.Where(key => key.StartsWith(Bombs, StringComparison.Ordinal)))
        {
            attempts[bomb] = await BombAsync(port, socket, driver, bomb);
        }

        Say(attempts, control);
        Assert.Equal(control.Keys.Order(StringComparer.Ordinal), attempts.Keys.Order(StringComparer.Ordinal));
        Assert.True(attempts.Count >= LeastAttempts, $"{attempts.Count} attempts");
        Assert.Empty(attempts.Where(one => !IsDenied(one.Value.Result) && !OpenThere[name].Any(prefix => one.Key.StartsWith(prefix, StringComparison.Ordinal))).Select(one => $"{one.Key}: {one.Value.Result}"));
        Assert.True(control.Values.Count(one => one.Result == "open") >= LeastProved, $"{control.Values.Count(one => one.Result == "open")} of {control.Count} work in the lab");
        Assert.False(tcp.Pending());
        Assert.False(stream.Poll(0, SelectMode.SelectRead));
        Assert.Equal(0, datagram.Available);
    }

    public void Dispose() => Directory.Delete(programs, recursive: true);

    private async Task<SandboxHost> WithoutPodmanAsync(DockerServer docker)
    {
        await docker.InitializeAsync();
        return await DockerTests.PrepareAsync(sandbox, docker, Directory.CreateDirectory(Path.Combine(programs, "tools")).FullName);
    }

    /// <summary>An errno, a signal of the kernel's, or nothing gained. Anything else, a mistake in the program included, is no denial.</summary>
    private static bool IsDenied(string result) =>
        result.StartsWith("errno ", StringComparison.Ordinal) || result.StartsWith("contained ", StringComparison.Ordinal) || result is "signal 9" or "signal 31";

    /// <summary>The figures, for whoever reads the run.</summary>
    private static void Say(Dictionary<string, Attempt> attempts, Dictionary<string, Attempt> control)
    {
        var denied = attempts.Values.Count(one => IsDenied(one.Result));
        var contained = attempts.Values.Count(one => one.Result.StartsWith("contained ", StringComparison.Ordinal));
        var open = attempts.Where(one => !IsDenied(one.Value.Result)).Select(one => one.Key).Order(StringComparer.Ordinal).ToList();
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{attempts.Count} attempts: {denied - contained} denied, {contained} contained, {open.Count} open ({string.Join(' ', open)}); {control.Values.Count(one => one.Result == "open")} work in the lab");
    }

    private async Task<Dictionary<string, Attempt>> InSandboxAsync(int port, string name, ISandboxDriver? driver = null, string which = "ESCAPE_ONLY=")
    {
        var result = await RunAsync(port, name, driver, which);
        Assert.True(result.Code == 0, $"exit {result.Code} after {result.Output}\n{result.Errors}");
        if (driver is not null)
        {
            return Parse(result.Output);
        }

        var around = result.Events.Where(one => one.Type == GuestEvent.Bypass).Select(one => $"{one.Protocol} {one.Name}").ToHashSet();
        Assert.Superset(new HashSet<string> { "tcp 192.0.2.7", "tcp 169.254.169.254", "tcp 10.0.0.1", "tcp 2001:db8::7", "udp 198.51.100.9", "udp 192.0.2.53" }, around);
        return Parse(result.Output);
    }

    /// <summary>What it says of itself, or that its session ended and with it the bomb.</summary>
    private async Task<Attempt> BombAsync(int port, string name, ISandboxDriver driver, string bomb)
    {
        var result = await RunAsync(port, name, driver, $"ESCAPE_ONLY={bomb}");
        return Parse(result.Output).TryGetValue(bomb, out var said) ? said
            : new Attempt(false, result.Code == 0 ? "broken nothing said" : $"contained the session ended with {result.Code}");
    }

    private Task<SandboxResult> RunAsync(int port, string name, ISandboxDriver? driver, string which) => sandbox.RunAsync(
        ["env", .. Environment("sandbox", port, name), which, Python, $"{SandboxPaths.Session}/escape/escape.py"], Limits, prepare: directory => CopyPrograms(Path.Combine(directory, "escape")), driver: driver);

    private async Task<Dictionary<string, Attempt>> InLabAsync(int port, string name)
    {
        string[] uid = SandboxUids.ServerIsRoot ? ["setpriv", "--reuid=99999", "--regid=99999", "--clear-groups"] : ["env"];
        string[] lab = ["unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "--net", "--ipc", "--uts", "--cgroup", "--mount-proc"];
        using var process = Process.Start(new ProcessStartInfo("sh", ["-c", "exec 8</dev/null \"$@\"", "sh", .. uid, .. lab, "env", .. Environment("lab", port, name), Python, Path.Combine(programs, "escape.py")])
        {
            RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.SkipWhen(output.Length == 0, $"no lab here: {await errors}");
        Assert.True(process.ExitCode == 0, $"the lab ended with {process.ExitCode} after {output}\n{await errors}");
        return Parse(output);
    }

    private string[] Environment(string arm, int port, string name) =>
    [
        $"ESCAPE_ARM={arm}", $"ESCAPE_PORT={port}", $"ESCAPE_ABSTRACT={name}", "PYTHONDONTWRITEBYTECODE=1",
        $"ESCAPE_CGROUP={(sandbox.Host.Layers.Single(layer => layer.Name == SandboxLayers.Limits).Detail.StartsWith("cgroup", StringComparison.Ordinal) ? 1 : 0)}",
    ];

    private static Socket Abstract(string name, SocketType type)
    {
        var socket = new Socket(AddressFamily.Unix, type, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint("\0" + name));
        return socket;
    }

    private static void CopyPrograms(string target)
    {
        Directory.CreateDirectory(target);
        File.SetUnixFileMode(target, (UnixFileMode)Convert.ToInt32("755", 8));
        foreach (var file in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Escapes"), "*.py"))
        {
            var copy = Path.Combine(target, Path.GetFileName(file));
            File.Copy(file, copy);
            File.SetUnixFileMode(copy, (UnixFileMode)Convert.ToInt32("644", 8));
        }
    }

    private static Dictionary<string, Attempt> Parse(string output) => output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split('\t')).ToDictionary(parts => parts[0], parts => new Attempt(parts[1] == "kernel", parts[2]), StringComparer.Ordinal);

    private readonly record struct Attempt(bool DependsOnKernel, string Result);
}

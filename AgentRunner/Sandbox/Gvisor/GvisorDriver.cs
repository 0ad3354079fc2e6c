using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Gvisor;

/// <summary>Sandboxes whose kernel is gVisor's: the agent's system calls never reach this machine's, but for the few gVisor itself makes.</summary>
/// <remarks>
/// <code>
/// guest launch       host, server's uid: parent-death signal, control groups; of a server that is root then a uid of the session's own
///   unshare          user namespace, in which that uid is root and a second one the agent's, and a pid namespace: the end of runsc is the end of all its processes
///     runsc run      gVisor's kernel and its file server, each in namespaces of its own, without network
///       guest init       PID 1 of gVisor's kernel, root of it
///         guest exec     the agent's stage: uid 1000, no capabilities
/// </code>
/// The uid of the session is root inside, so its sockets are PID 1's alone: the agent reaches them through the ports. Its second uid owns the private copy and runs nothing; an ordinary user's server has none to give.
/// </remarks>
internal sealed class GvisorDriver(
    string runsc, string platform, string runDirectory, SandboxRoot root, BubblewrapArguments host, ControlGroups groups, GuestStarter starter) : ISandboxDriver
{
    private const uint AgentUid = 1000;

    /// <summary>Sentry, file server and their threads, which a control group of this machine counts, too.</summary>
    private const int OwnProcesses = 128;

    /// <summary>
    /// Releases of gVisor answer these as a plain Linux would not: what is read of PID 1 holds nothing (its environment is in <see cref="GvisorBundle"/>), a device made is none of this
    /// machine's, and priorities count among the sandbox's own threads.
    /// </summary>
    private static readonly string[] Answered = ["file.init:/proc/1/environ", "file.init:/proc/1/maps", "file.init:/proc/1/fd/0", "file.device", "process.priority"];

    public string Name => SandboxDrivers.Gvisor;

    public IReadOnlyDictionary<string, string> StandsInFor { get; } = new Dictionary<string, string>
    {
        [SandboxLayers.Landlock] = "gVisor's kernel has none; files are served to it read-only by a process of its own",
        [SandboxLayers.BypassCatcher] = "packets around the proxy have no way out of gVisor's network stack, but are not recorded",
    };

    /// <summary>Null, or why a private copy cannot be given: the agent would be a stranger to it.</summary>
    public static string? NoCopy => SandboxUids.ServerIsRoot ? null
        : "deliver: copy needs a second uid for the session, which only a server that is root can give; use driver bubblewrap, or deliver: api";

    public uint CopyUid(uint hostUid) => SandboxUids.ServerIsRoot ? SandboxUids.AgentOf(hostUid) : hostUid;

    public async Task<IPreparedSandbox> PrepareAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        if (request.HasWorkspace && NoCopy is { } why)
        {
            throw new SandboxException(why);
        }

        // The agent is another uid than its session's directory: it may open what is readable there by name, and sees no list.
        File.SetUnixFileMode(request.Directory, File.GetUnixFileMode(request.Directory) | UnixFileMode.OtherExecute);
        var bundle = GvisorBundle.Create(runDirectory, request, host.Program, root);
        try
        {
            var common = GuestConfigFile.Of(request, groups);
            var config = common with
            {
                // Sockets of gVisor's network stack are no descriptors of this machine.
                Relays = [.. common.Relays.Select(relay => relay with { HandsOver = false })],
                AgentUid = AgentUid, AllowDegraded = [.. request.AllowDegraded, .. StandsInFor.Keys], OpenProbes = Answered,
            };
            var start = new GuestStart(request, config, Order(request, bundle), [.. OwnLayers(request)])
            {
                FreezesInside = true, Limits = request.Limits with { Pids = request.Limits.Pids + OwnProcesses }, Scratch = bundle,
                Uids = SandboxUids.ServerIsRoot ? [(0, request.HostUid), (AgentUid, CopyUid(request.HostUid))] : [],
            };
            return await starter.StartAsync(start, cancellationToken);
        }
        catch
        {
            SessionDirectory.Remove(bundle);
            throw;
        }
    }

    private LaunchOrder Order(SandboxRequest request, string bundle) => new(
    [
        host.Tools.Unshare!, "--user", .. SandboxUids.ServerIsRoot ? ["--keep-caps", .. IdMaps.Wait] : (string[])["--map-root-user"],

        // The kernel has forgotten the parent-death signal with the change of user namespace.
        .. host.Tools.Setpriv is { } setpriv ? (string[])[setpriv, "--pdeathsig", "KILL"] : [],
        host.Tools.Unshare!, "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
        runsc, "--rootless", "--root", GvisorBundle.StateOf(bundle), $"--platform={platform}", "--network=none", "--host-uds=open", "--ignore-cgroups",
        "run", "--bundle", bundle, request.SessionId,
    ]) { Uid = SandboxUids.OnHost(request.HostUid) };

    private IEnumerable<SandboxLayer> OwnLayers(SandboxRequest request)
    {
        yield return new SandboxLayer(SandboxLayers.Gvisor, true, $"{runsc}, platform {platform}");
        yield return new SandboxLayer(SandboxLayers.UserNamespace, true, "gVisor runs in one of the session's own uids");
        yield return new SandboxLayer(SandboxLayers.NetworkNamespace, true, "loopback only, in gVisor's own network stack");
        yield return new SandboxLayer(SandboxLayers.UnprivilegedUid, true, $"uid {request.HostUid} outside");
        yield return new SandboxLayer(SandboxLayers.Limits, true, groups.Description);
        yield return new SandboxLayer(SandboxLayers.BypassCatcher, false, StandsInFor[SandboxLayers.BypassCatcher]);
    }
}

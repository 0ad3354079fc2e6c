using System.Diagnostics;
using System.Text.Json;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Guest;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox.Bubblewrap;

/// <summary>Sandboxes from Linux namespaces; see <see cref="BubblewrapArguments"/> for the chain.</summary>
internal sealed class BubblewrapDriver(BubblewrapArguments arguments, ControlGroups groups, ProcessStarter starter, TimeProvider time) : ISandboxDriver
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(45);

    /// <summary>RLIMIT_NPROC counts threads too; below this, runtimes fail to start.</summary>
    private const int LeastProcesses = 512;

    private static readonly string[] OldLayout = ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"];

    public string Name => "bubblewrap";

    public async Task<IPreparedSandbox> PrepareAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        var catchBypass = !request.AllowDegraded.Contains(SandboxLayers.BypassCatcher);
        var group = groups.Create(request.SessionId, request.Limits);
        var socketPath = Path.Combine(request.Directory, Path.GetFileName(SandboxPaths.GuestSocket));
        var listener = GuestChannel.Listen(socketPath, request.HostUid);
        Process? process = null;
        try
        {
            WriteConfig(request, group, catchBypass);
            process = await starter.StartAsync(Start(arguments.Build(request, group.Directories, Environment.ProcessId, catchBypass)));
            using var limit = new CancellationTokenSource(StartLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var channel = await ConnectAsync(process, listener, socketPath, request.HostUid, both.Token);
            return await PreparedSandbox.WaitAsync(process, channel, group, [.. OwnLayers(request, catchBypass)], time, both.Token);
        }
        catch (Exception failure)
        {
            listener.Dispose();
            File.Delete(socketPath);
            process?.Kill();
            await group.RemoveAsync();
            process?.Dispose();
            throw failure is OperationCanceledException && !cancellationToken.IsCancellationRequested
                ? new SandboxException($"the sandbox did not start within {StartLimit.TotalSeconds} s", inner: failure)
                : failure;
        }
    }

    private static ProcessStartInfo Start(IReadOnlyList<string> command)
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        start.Environment.Clear();
        start.Environment["PATH"] = "/usr/bin:/bin:/usr/sbin:/sbin";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }

    /// <summary>Either Guest connects, or the chain ended and its last words say why.</summary>
    private static async Task<GuestChannel> ConnectAsync(
        Process process, System.Net.Sockets.Socket listener, string path, uint uid, CancellationToken cancellationToken)
    {
        using var exited = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var accepting = GuestChannel.AcceptAsync(listener, path, uid, exited.Token);
        var ending = process.WaitForExitAsync(exited.Token);
        if (await Task.WhenAny(accepting, ending) == accepting)
        {
            await exited.CancelAsync();
            return await accepting;
        }

        await ending;
        await exited.CancelAsync();
        var words = (await process.StandardError.ReadToEndAsync(cancellationToken)).Trim();
        throw new SandboxException($"the sandbox could not be built: {(words.Length > 0 ? words : $"exit code {process.ExitCode}")}");
    }

    private IEnumerable<SandboxLayer> OwnLayers(SandboxRequest request, bool catchBypass)
    {
        yield return new SandboxLayer(SandboxLayers.Bubblewrap, true, arguments.Tools.Bubblewrap!);
        yield return new SandboxLayer(SandboxLayers.UserNamespace, true, "uid 1000 inside, no further namespaces");
        yield return new SandboxLayer(SandboxLayers.NetworkNamespace, true, "loopback only");
        yield return new SandboxLayer(SandboxLayers.UnprivilegedUid, true, $"uid {request.HostUid} outside");
        yield return new SandboxLayer(SandboxLayers.Limits, true, groups.Description);
        yield return new SandboxLayer(SandboxLayers.BypassCatcher, catchBypass, catchBypass ? "packet socket on lo" : "left out with the operator's consent");
    }

    private static void WriteConfig(SandboxRequest request, SessionGroup group, bool catchBypass)
    {
        var config = new GuestConfig
        {
            WorkingDirectory = request.HasWorkspace ? SandboxPaths.Workspace : SandboxPaths.Home,
            RunnerSocket = SandboxPaths.GuestSocket,
            Relays =
            [
                new GuestRelay(SandboxPorts.FileGate, RunLayout.SessionSocket(SandboxPaths.Session, ComponentNames.FileGate)),
                new GuestRelay(SandboxPorts.EgressProxy, RunLayout.SessionSocket(SandboxPaths.Session, ComponentNames.EgressProxy)),
                new GuestRelay(SandboxPorts.Inference, RunLayout.SessionSocket(SandboxPaths.Session, ComponentNames.InferenceGateway)),
                .. request.HasSecretDoor ? [new GuestRelay(SandboxPorts.Secrets, RunLayout.SessionSocket(SandboxPaths.Session, ComponentNames.SecretBroker))] : Array.Empty<GuestRelay>(),
            ],
            DnsPort = SandboxPorts.Dns,
            PacketDescriptor = catchBypass ? BubblewrapArguments.PacketDescriptor : 0,
            Limits = Limits(request.Limits, group),
            ReadPaths = [.. ReadPaths()],
            WritePaths = ["/tmp", SandboxPaths.Home, "/dev", .. request.HasWorkspace ? (string[])[SandboxPaths.Workspace] : []],
            AllowDegraded = request.AllowDegraded,
        };
        var path = Path.Combine(request.Directory, GuestConfig.FileName);
        File.WriteAllBytes(path, JsonSerializer.SerializeToUtf8Bytes(config, GuestJson.Default.GuestConfig));
        File.SetUnixFileMode(path, (UnixFileMode)Convert.ToInt32("444", 8));
    }

    /// <summary>Where a control group counts, it counts; rlimits stand in for what it does not cover.</summary>
    private static GuestLimits Limits(SandboxPolicy policy, SessionGroup group) => new()
    {
        Processes = group.LimitsProcesses ? 0 : Math.Max(policy.Pids, LeastProcesses),
        DataBytes = group.LimitsMemory ? 0 : policy.MemoryBytes,
    };

    /// <summary>/lib and the like are links into /usr, except on older layouts.</summary>
    private static IEnumerable<string> ReadPaths() =>
        OldLayout
            .Where(path => Directory.Exists(path) && new DirectoryInfo(path).LinkTarget is null)
            .Concat(["/usr", "/etc", "/opt/secure-agent", "/proc", SandboxPaths.Session]);
}

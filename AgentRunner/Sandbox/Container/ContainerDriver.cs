using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>Sandboxes that podman builds: this machine's kernel, or that of a runtime with one of its own.</summary>
/// <remarks>
/// <code>
/// guest launch       host, server's uid: parent-death signal, control groups
///   podman run       makes the container and carries its standard streams
///     conmon, crun   the container's first process is conmon's child: in the session's control groups, out of reach of the parent-death signal
///       guest init   PID 1, uid 1000, no capabilities; ends everything when it loses the runner
/// </code>
/// </remarks>
internal sealed class ContainerDriver(ContainerArguments arguments, HostTools tools, ControlGroups groups, GuestStarter starter) : ISandboxDriver
{
    /// <summary>podman, conmon and their threads, which the control group counts, too.</summary>
    public const int OwnProcesses = 128;

    /// <summary>Each takes podman some 50 ms.</summary>
    private const int RemovalTries = 20;

    public string Name => SandboxDrivers.Container;

    public IReadOnlyDictionary<string, string> StandsInFor { get; } = new Dictionary<string, string>
    {
        [SandboxLayers.BypassCatcher] = "packets around the proxy have no way out of the container's loopback, but are not recorded",
    };

    public uint CopyUid(uint hostUid) => hostUid;

    public async Task<IPreparedSandbox> PrepareAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        var config = GuestConfigFile.Of(request, groups) with { AllowDegraded = [.. request.AllowDegraded, .. StandsInFor.Keys] };
        var start = new GuestStart(request, config, new LaunchOrder([.. CgroupView.Legacy(tools), .. arguments.Run(request)]), [.. OwnLayers(request)])
        {
            FreezesInside = true, Limits = request.Limits with { Pids = request.Limits.Pids + OwnProcesses }, Leftovers = () => RemoveAsync(request.SessionId),
        };
        arguments.Home.Begin();
        return await starter.StartAsync(start, cancellationToken);
    }

    /// <summary>Only where podman was killed before it could: it removes what ends by itself. It refuses, for a moment, what is just ending.</summary>
    private async Task RemoveAsync(string sessionId)
    {
        IReadOnlyList<string> command = [.. CgroupView.Legacy(tools), .. arguments.Remove(sessionId)];
        for (var tries = 1; arguments.Home.Has(sessionId); tries++)
        {
            var (_, words) = await HostCommand.RunAsync(command, CancellationToken.None);
            if (tries == RemovalTries && arguments.Home.Has(sessionId))
            {
                throw new SandboxException($"podman may still have the container {ContainerArguments.NameOf(sessionId)}: {words}");
            }
        }

        arguments.Home.End(sessionId);
    }

    private IEnumerable<SandboxLayer> OwnLayers(SandboxRequest request)
    {
        yield return new SandboxLayer(SandboxLayers.Container, true, $"{arguments.Podman}, runtime {arguments.Runtime ?? "of its own choice"}");
        yield return new SandboxLayer(SandboxLayers.UserNamespace, true, "uid 1000 inside; root inside is nobody's uid");
        yield return new SandboxLayer(SandboxLayers.NetworkNamespace, true, "loopback only");
        yield return new SandboxLayer(SandboxLayers.UnprivilegedUid, true, $"uid {request.HostUid} outside");
        yield return new SandboxLayer(SandboxLayers.Limits, true, groups.Description);
        yield return new SandboxLayer(SandboxLayers.BypassCatcher, false, StandsInFor[SandboxLayers.BypassCatcher]);
    }
}

using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Bubblewrap;

/// <summary>Sandboxes from Linux namespaces; see <see cref="BubblewrapArguments"/> for the chain.</summary>
internal sealed class BubblewrapDriver(BubblewrapArguments arguments, ControlGroups groups, GuestStarter starter) : ISandboxDriver
{
    public string Name => SandboxDrivers.Bubblewrap;

    public IReadOnlyDictionary<string, string> StandsInFor { get; } = new Dictionary<string, string>();

    public uint CopyUid(uint hostUid) => hostUid;

    public async Task<IPreparedSandbox> PrepareAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        var catchBypass = !request.AllowDegraded.Contains(SandboxLayers.BypassCatcher);
        var order = arguments.Order(request, catchBypass);
        var config = GuestConfigFile.Of(request, groups) with { PacketDescriptor = catchBypass ? BubblewrapArguments.PacketDescriptor : 0 };
        return await starter.StartAsync(new GuestStart(request, config, order, [.. OwnLayers(request, catchBypass)]), cancellationToken);
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
}

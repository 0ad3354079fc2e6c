using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>Sandboxes that docker builds, for machines without podman. docker makes no user namespace for one container: the session's own uid is the agent's, inside as well.</summary>
/// <remarks>
/// <code>
/// guest launch       host, server's uid: parent-death signal
///   docker run       carries the container's standard streams
///   [the engine, containerd, runc]
///     guest init         PID 1, the session's uid, no capabilities; ends everything when it loses the runner
/// </code>
/// </remarks>
internal sealed class DockerDriver(DockerArguments arguments, DockerImages images, ControlGroups groups, GuestStarter starter) : ISandboxDriver
{
    private static readonly string[] Gone = ["No such container", "is already in progress"];

    public string Name => SandboxDrivers.Container;

    public IReadOnlyDictionary<string, string> StandsInFor { get; } = new Dictionary<string, string>
    {
        [SandboxLayers.BypassCatcher] = "packets around the proxy have no way out of the container's loopback, but are not recorded",
        [SandboxLayers.UserNamespace] = "docker makes none for one container: a uid that nothing else has, no capability and no_new_privs hold instead; with podman there is one",
    };

    public uint CopyUid(uint hostUid) => hostUid;

    public async Task<IPreparedSandbox> PrepareAsync(SandboxRequest request, CancellationToken cancellationToken)
    {
        var image = await images.ForAsync(request, cancellationToken);
        var accounts = Path.Combine(arguments.Engine.Home, request.SessionId);
        EtcFiles.WriteAccounts(accounts, request.HostUid);
        var config = GuestConfigFile.Of(request, groups) with { Uid = request.HostUid, AllowDegraded = [.. request.AllowDegraded, .. StandsInFor.Keys] };
        var start = new GuestStart(request, config, new LaunchOrder(arguments.Run(request, image, accounts)), [.. OwnLayers(request)])
        {
            FreezesInside = true, Scratch = accounts, Leftovers = () => RemoveAsync(request.SessionId),
        };
        return await starter.StartAsync(start, cancellationToken);
    }

    /// <summary>The engine removes what has ended; this is for what has not, where docker's own program was killed.</summary>
    private async Task RemoveAsync(string sessionId)
    {
        var (code, words) = await arguments.Engine.RunAsync(["rm", "--force", ContainerArguments.NameOf(sessionId)], CancellationToken.None);
        if (code != 0 && !Gone.Any(gone => words.Contains(gone, StringComparison.Ordinal)))
        {
            throw new SandboxException($"docker may still have the container {ContainerArguments.NameOf(sessionId)}: {words}");
        }
    }

    private IEnumerable<SandboxLayer> OwnLayers(SandboxRequest request)
    {
        yield return new SandboxLayer(SandboxLayers.Container, true, $"{arguments.Engine.Program}, {arguments.Engine.Address}");
        yield return new SandboxLayer(SandboxLayers.UserNamespace, false, StandsInFor[SandboxLayers.UserNamespace]);
        yield return new SandboxLayer(SandboxLayers.NetworkNamespace, true, "loopback only");
        yield return new SandboxLayer(SandboxLayers.UnprivilegedUid, true, $"uid {request.HostUid} inside and outside");
        yield return new SandboxLayer(SandboxLayers.Limits, true, "the engine's control groups");
        yield return new SandboxLayer(SandboxLayers.BypassCatcher, false, StandsInFor[SandboxLayers.BypassCatcher]);
    }
}

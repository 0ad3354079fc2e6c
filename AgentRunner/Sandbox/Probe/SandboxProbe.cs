using SecureAgent.AgentRunner.Native;
using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Probe;

/// <summary>
/// Finds out which layers this machine has by building a real sandbox. Only when that fails are the layers tried one by one, to say which is
/// missing and how to mend it.
/// </summary>
internal sealed class SandboxProbe(BubblewrapArguments arguments, ISandboxDriver driver, string runDirectory)
{
    /// <summary>Layers a session can do without if the operator says so. The others are the sandbox itself.</summary>
    public static readonly IReadOnlyList<string> Degradable = [SandboxLayers.Landlock, SandboxLayers.Seccomp, SandboxLayers.BypassCatcher];

    private static readonly string[] All =
    [
        SandboxLayers.Bubblewrap, SandboxLayers.UserNamespace, SandboxLayers.NetworkNamespace, SandboxLayers.UnprivilegedUid,
        SandboxLayers.NoNewPrivileges, SandboxLayers.Landlock, SandboxLayers.Seccomp, SandboxLayers.Limits, SandboxLayers.BypassCatcher,
        SandboxLayers.Mounts, SandboxLayers.PidNamespace, SandboxLayers.IpcNamespace, SandboxLayers.Capabilities, SandboxLayers.Relays,
    ];

    public async Task<IReadOnlyList<SandboxLayer>> RunAsync(CancellationToken cancellationToken)
    {
        if (HostLayers.MissingTool(arguments.Tools) is { } tool)
        {
            return Report([tool]);
        }

        try
        {
            return Report(await DriverTrial.RunAsync(driver, runDirectory, [SandboxLayers.Landlock, SandboxLayers.Seccomp], cancellationToken));
        }
        catch (SandboxException failure)
        {
            return Report(await ExplainAsync(failure, cancellationToken));
        }
    }

    private async Task<IReadOnlyList<SandboxLayer>> ExplainAsync(SandboxException failure, CancellationToken cancellationToken)
    {
        if (await HostLayers.OldBubblewrapAsync(arguments.Tools, cancellationToken) is { } old)
        {
            return [old];
        }

        if (await HostLayers.NamespacesAsync(arguments, cancellationToken) is { } missing)
        {
            return missing.Name == SandboxLayers.BypassCatcher
                ? [.. await DriverTrial.RunAsync(driver, runDirectory, [SandboxLayers.BypassCatcher, SandboxLayers.Landlock, SandboxLayers.Seccomp], cancellationToken), missing]
                : [missing];
        }

        return [new SandboxLayer(failure.Layer ?? SandboxLayers.Bubblewrap, false, failure.Message)];
    }

    /// <summary>Every layer once; one that is missing first, because refusals name it. What was not reached because of it counts as missing too.</summary>
    private IReadOnlyList<SandboxLayer> Report(IReadOnlyList<SandboxLayer> found) =>
    [
        .. All.Select(name => found.LastOrDefault(layer => layer.Name == name) ?? Unreached(name, found.First(layer => !layer.Present)))
            .OrderBy(layer => !layer.Present && found.Contains(layer) ? 0 : 1),
    ];

    private SandboxLayer Unreached(string name, SandboxLayer cause) => name switch
    {
        SandboxLayers.Bubblewrap when arguments.Tools.Bubblewrap is { } path => new SandboxLayer(name, true, path),
        SandboxLayers.Landlock when Libc.LandlockAbi() is > 0 and var abi => new SandboxLayer(name, true, $"ABI {abi} (kernel)"),
        SandboxLayers.Seccomp when Libc.HasSeccomp() => new SandboxLayer(name, true, "kernel"),
        _ => new SandboxLayer(name, false, $"not tried: {cause.Name} is missing"),
    };
}

using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>Looks for the strongest runtime with which podman's containers answer every probe right here.</summary>
internal sealed class ContainerFinder(HostTools tools, string runDirectory, Func<string?, ISandboxDriver> driverOf, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    /// <summary>A virtual machine for each container, where there is one; then podman's own choice. gVisor is a driver of its own.</summary>
    private IEnumerable<string?> Runtimes => tools.Kata is { } kata && File.Exists("/dev/kvm") ? [kata, null] : [null];

    public async Task<DriverState> FindAsync(CancellationToken cancellationToken)
    {
        if (tools.Podman is null)
        {
            throw new SandboxException("podman is not installed; install it: apt install podman crun", SandboxLayers.Container);
        }

        if (tools.Unshare is null)
        {
            throw new SandboxException("unshare is not installed; install util-linux", SandboxLayers.Container);
        }

        if (!SandboxUids.ServerIsRoot)
        {
            throw new SandboxException("only a server that is root can give containers a uid of their own; use driver bubblewrap or gvisor", SandboxLayers.UnprivilegedUid);
        }

        List<string> refusals = [];
        string? layer = null;
        foreach (var runtime in Runtimes)
        {
            var driver = driverOf(runtime);
            using var over = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
            try
            {
                return new DriverState(driver, await DriverTrial.RunAsync(driver, runDirectory, [SandboxLayers.Landlock, SandboxLayers.Seccomp], either.Token));
            }
            catch (SandboxException failure)
            {
                layer ??= failure.Layer;
                refusals.Add($"{runtime ?? "default runtime"}: {failure.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                refusals.Add($"{runtime ?? "default runtime"}: nothing within {Limit.TotalSeconds} s");
            }
        }

        if (layer is null && await HostLayers.UserNamespaceAsync(tools, [], cancellationToken) is { } closed)
        {
            throw new SandboxException(closed.Detail, closed.Name);
        }

        throw new SandboxException($"podman's containers do not work here ({string.Join("; ", refusals)})", layer ?? SandboxLayers.Container);
    }
}

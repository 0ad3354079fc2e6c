using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Gvisor;

/// <summary>Looks for a way in which gVisor works here: which of its platforms a release has, and which this machine's kernel lets work, is known only by trying.</summary>
internal sealed class GvisorFinder(BubblewrapArguments host, string runDirectory, Func<string, ISandboxDriver> driverOf, TimeProvider time)
{
    /// <summary>Newest first. A kvm that hangs where the machine is itself a guest costs its whole limit, so it comes last; where it works it is no stronger.</summary>
    private static readonly (string Platform, TimeSpan Limit)[] Platforms =
        [("systrap", TimeSpan.FromSeconds(40)), ("ptrace", TimeSpan.FromSeconds(40)), ("kvm", TimeSpan.FromSeconds(10))];

    public async Task<DriverState> FindAsync(CancellationToken cancellationToken)
    {
        var tools = host.Tools;
        if (tools.Runsc is null)
        {
            throw new SandboxException("runsc is not installed; install it: apt install runsc, or https://gvisor.dev/docs/user_guide/install", SandboxLayers.Gvisor);
        }

        if (tools.Unshare is null || (tools.Setpriv is null && SandboxUids.ServerIsRoot))
        {
            throw new SandboxException("unshare or setpriv is not installed; install util-linux", SandboxLayers.UserNamespace);
        }

        List<string> refusals = [];
        string? layer = null;
        foreach (var (platform, limit) in Platforms.Where(one => one.Platform != "kvm" || File.Exists("/dev/kvm")))
        {
            var driver = driverOf(platform);
            using var over = new CancellationTokenSource(limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
            try
            {
                return new DriverState(driver, await DriverTrial.RunAsync(driver, runDirectory, [], either.Token));
            }
            catch (SandboxException failure)
            {
                layer ??= failure.Layer;
                refusals.Add($"{platform}: {failure.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                refusals.Add($"{platform}: nothing within {limit.TotalSeconds} s");
            }
        }

        if (layer is null && await HostLayers.UserNamespaceAsync(tools, host.AsSession(SandboxUids.First), cancellationToken) is { } closed)
        {
            throw new SandboxException(closed.Detail, closed.Name);
        }

        throw new SandboxException($"gVisor works on no platform here ({string.Join("; ", refusals)})", layer ?? SandboxLayers.Gvisor);
    }
}

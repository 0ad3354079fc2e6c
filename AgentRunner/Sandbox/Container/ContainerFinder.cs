using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Container;

/// <summary>Looks for the strongest way in which containers answer every probe right here: podman with a virtual machine for each, podman, docker.</summary>
internal sealed class ContainerFinder(HostTools tools, string runDirectory, Func<string?, ISandboxDriver> podman, DockerEngine? docker, Func<DockerEngine, ISandboxDriver> dockerDriver, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    public async Task<DriverState> FindAsync(CancellationToken cancellationToken)
    {
        if (tools.Podman is null && docker is null)
        {
            throw new SandboxException("neither podman nor docker is installed; install podman: apt install podman crun", SandboxLayers.Container);
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
        foreach (var (name, make) in Ways())
        {
            using var over = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
            try
            {
                var driver = await make(either.Token);
                return new DriverState(driver, await DriverTrial.RunAsync(driver, runDirectory, [SandboxLayers.Landlock, SandboxLayers.Seccomp], either.Token));
            }
            catch (SandboxException failure)
            {
                layer ??= failure.Layer;
                refusals.Add($"{name}: {failure.Message}");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                refusals.Add($"{name}: nothing within {Limit.TotalSeconds} s");
            }
        }

        if (tools.Podman is not null && layer is null && await HostLayers.UserNamespaceAsync(tools, [], cancellationToken) is { } closed)
        {
            throw new SandboxException(closed.Detail, closed.Name);
        }

        throw new SandboxException($"containers do not work here ({string.Join("; ", refusals)})", layer ?? SandboxLayers.Container);
    }

    /// <summary>gVisor is a driver of its own.</summary>
    private IEnumerable<(string Name, Func<CancellationToken, Task<ISandboxDriver>> Make)> Ways()
    {
        if (tools.Podman is not null)
        {
            if (tools.Kata is { } kata && File.Exists("/dev/kvm"))
            {
                yield return ($"podman with {kata}", _ => Task.FromResult(podman(kata)));
            }

            yield return ("podman", _ => Task.FromResult(podman(null)));
        }

        if (docker is not null)
        {
            yield return ("docker", DockerAsync);
        }
    }

    private async Task<ISandboxDriver> DockerAsync(CancellationToken cancellationToken)
    {
        if (!docker!.IsHere)
        {
            throw new SandboxException($"DOCKER_HOST: '{docker.Address}' is no engine of this machine, which alone can be given directories of it; use unix://PATH");
        }

        var (code, words) = await docker.RunAsync(["version", "--format", "{{.Server.Version}}"], cancellationToken);
        return code == 0 ? dockerDriver(docker) : throw new SandboxException($"the engine at {docker.Address} does not answer ({words.Split('\n')[^1]}); start it, or set DOCKER_HOST");
    }
}

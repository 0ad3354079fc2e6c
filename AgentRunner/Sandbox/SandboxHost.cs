using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Container;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Gvisor;
using SecureAgent.AgentRunner.Sandbox.Launch;
using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>What this machine offers for sandboxes, found out once at start: programs, directories, control groups and layers.</summary>
internal sealed class SandboxHost : IAsyncDisposable
{
    private readonly ProcessStarter starter;
    private readonly Launchers launchers;
    private readonly ControlGroups groups;

    private SandboxHost(
        ProcessStarter starter, Launchers launchers, ControlGroups groups, GuestProgram program, ISandboxDriver driver, IReadOnlyList<SandboxLayer> layers, SandboxDrivers drivers) =>
        (this.starter, this.launchers, this.groups, Program, Driver, Layers, Drivers) = (starter, launchers, groups, program, driver, layers, drivers);

    public GuestProgram Program { get; }

    /// <summary>The default: bubblewrap's, looked at when the server starts.</summary>
    public ISandboxDriver Driver { get; }

    public SandboxDrivers Drivers { get; }

    /// <summary>Every layer of the default driver, present or missing; a missing one with the way to mend it.</summary>
    public IReadOnlyList<SandboxLayer> Layers { get; }

    public SandboxUids Uids { get; } = new();

    /// <summary>Throws <see cref="SandboxException"/> only when the server's own files are not in order; a missing layer is in <see cref="Layers"/>.</summary>
    public static async Task<SandboxHost> PrepareAsync(
        SandboxHostOptions options, ComponentContext component, TimeProvider time, CancellationToken cancellationToken)
    {
        var program = Staging.Prepare(component.RunDirectory, options.GuestDirectory, options.AgentDirectory);
        var (tools, tree) = (HostTools.Find(options.SearchPath), SandboxTree.Of(program, EtcFiles.Prepare(component.RunDirectory, program)));
        var arguments = new BubblewrapArguments(tools, program, tree);
        var root = new SandboxRoot(component.RunDirectory, tree);
        var groups = ControlGroups.Detect(CgroupMounts.OfThisProcess(), component.Boot, SandboxUids.ServerIsRoot, time);
        groups.Sweep();
        var starter = new ProcessStarter();
        var launchers = new Launchers(starter, groups, program);
        try
        {
            var guests = new GuestStarter(launchers, groups, time);
            var driver = new BubblewrapDriver(arguments, groups, guests);
            var layers = await new SandboxProbe(arguments, driver, component.RunDirectory).RunAsync(cancellationToken);
            var drivers = new SandboxDrivers(new Dictionary<string, Func<CancellationToken, Task<DriverState>>>
            {
                [SandboxDrivers.Bubblewrap] = _ => Task.FromResult(new DriverState(driver, layers)),
                [SandboxDrivers.Gvisor] = new GvisorFinder(arguments, component.RunDirectory, Gvisor, time).FindAsync,
                [SandboxDrivers.Container] = new ContainerFinder(tools, component.RunDirectory, Container, DockerEngine.Find(tools, options.DockerHost, component.RunDirectory), Docker, time).FindAsync,
            });
            return new SandboxHost(starter, launchers, groups, program, driver, layers, drivers);

            GvisorDriver Gvisor(string platform) => new(
                tools.Runsc!, platform, component.RunDirectory, root, arguments, groups, guests);

            DockerDriver Docker(DockerEngine engine) => new(
                new DockerArguments(engine, root, program), new DockerImages(engine, root), groups, guests);

            ContainerDriver Container(string? runtime) => new(
                new ContainerArguments(tools.Podman!, runtime, ContainerHome.Prepare(component.RunDirectory), root, program), tools, groups, guests);
        }
        catch
        {
            await launchers.DisposeAsync();
            starter.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Drivers.Dispose();
        await launchers.DisposeAsync();
        groups.Remove();
        starter.Dispose();
    }
}

/// <param name="GuestDirectory">Holds SecureAgent.Guest, native or as an assembly.</param>
/// <param name="AgentDirectory">Holds the built-in agent; null for none.</param>
/// <param name="SearchPath">PATH to find the drivers' tools in.</param>
/// <param name="DockerHost">DOCKER_HOST; null for the default.</param>
internal sealed record SandboxHostOptions(string GuestDirectory, string? AgentDirectory, string? SearchPath, string? DockerHost = null);

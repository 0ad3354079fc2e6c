using SecureAgent.AgentRunner.Sandbox.Bubblewrap;
using SecureAgent.AgentRunner.Sandbox.Cgroups;
using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.AgentRunner.Sandbox.Probe;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>What this machine offers for sandboxes, found out once at start: programs, directories, control groups and layers.</summary>
internal sealed class SandboxHost : IDisposable
{
    private readonly ProcessStarter starter;
    private readonly ControlGroups groups;

    private SandboxHost(ProcessStarter starter, ControlGroups groups, GuestProgram program, ISandboxDriver driver, IReadOnlyList<SandboxLayer> layers) =>
        (this.starter, this.groups, Program, Driver, Layers) = (starter, groups, program, driver, layers);

    public GuestProgram Program { get; }

    public ISandboxDriver Driver { get; }

    /// <summary>Every layer, present or missing; a missing one with the way to mend it.</summary>
    public IReadOnlyList<SandboxLayer> Layers { get; }

    public SandboxUids Uids { get; } = new();

    /// <summary>Throws <see cref="SandboxException"/> only when the server's own files are not in order; a missing layer is in <see cref="Layers"/>.</summary>
    public static async Task<SandboxHost> PrepareAsync(
        SandboxHostOptions options, ComponentContext component, TimeProvider time, CancellationToken cancellationToken)
    {
        var program = Staging.Prepare(component.RunDirectory, options.GuestDirectory, options.AgentDirectory);
        var arguments = new BubblewrapArguments(HostTools.Find(options.SearchPath), program, EtcFiles.Prepare(component.RunDirectory, program));
        var groups = ControlGroups.Detect(CgroupMounts.OfThisProcess(), component.Boot, SandboxUids.ServerIsRoot, time);
        groups.Sweep();
        var starter = new ProcessStarter();
        try
        {
            var driver = new BubblewrapDriver(arguments, groups, starter, time);
            var layers = await new SandboxProbe(arguments, driver, component.RunDirectory).RunAsync(cancellationToken);
            return new SandboxHost(starter, groups, program, driver, layers);
        }
        catch
        {
            starter.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        groups.Remove();
        starter.Dispose();
    }
}

/// <param name="GuestDirectory">Holds SecureAgent.Guest, native or as an assembly.</param>
/// <param name="AgentDirectory">Holds the built-in agent; null for none.</param>
/// <param name="SearchPath">PATH to find bwrap, setpriv and unshare in.</param>
internal sealed record SandboxHostOptions(string GuestDirectory, string? AgentDirectory, string? SearchPath);

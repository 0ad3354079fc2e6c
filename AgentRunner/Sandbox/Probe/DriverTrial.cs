using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.AgentRunner.Sandbox.Probe;

/// <summary>A sandbox that is built, probed from inside and thrown away: the only answer to whether a driver works here.</summary>
internal static class DriverTrial
{
    /// <summary>Its layers. Throws <see cref="SandboxException"/> when it cannot be built.</summary>
    public static async Task<IReadOnlyList<SandboxLayer>> RunAsync(
        ISandboxDriver driver, string runDirectory, IReadOnlyList<string> allowDegraded, CancellationToken cancellationToken)
    {
        var id = Identifiers.New("probe");
        var uid = SandboxUids.ServerIsRoot ? SandboxUids.First + SandboxUids.Slots : new SandboxUids().Take();
        var directory = SessionDirectory.Create(runDirectory, id, uid);
        try
        {
            await using var sandbox = await driver.PrepareAsync(new SandboxRequest(id, directory, uid, SandboxPolicy.Default, allowDegraded), cancellationToken);
            return sandbox.Layers;
        }
        finally
        {
            SessionDirectory.Remove(directory);
        }
    }
}

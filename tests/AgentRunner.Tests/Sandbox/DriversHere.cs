using SecureAgent.AgentRunner.Sandbox;

namespace SecureAgent.AgentRunner.Tests.Sandbox;

/// <summary>A driver by its name, or a visible reason why this machine has none.</summary>
internal static class DriversHere
{
    public static async Task<ISandboxDriver> RequireAsync(SandboxFixture sandbox, string name)
    {
        switch (name)
        {
            case SandboxDrivers.Gvisor:
                return (await GvisorTests.DriverAsync(sandbox)).Driver;
            case SandboxDrivers.Container:
                return (await ContainerTests.DriverAsync(sandbox)).Driver;
            default:
                sandbox.RequireSandbox();
                return sandbox.Host.Driver;
        }
    }
}

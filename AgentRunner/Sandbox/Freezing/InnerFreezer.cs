using SecureAgent.AgentRunner.Sandbox.Guest;
using SecureAgent.Contracts.Guest;

namespace SecureAgent.AgentRunner.Sandbox.Freezing;

/// <summary>For a sandbox with a kernel or a parent of its own, whose processes cannot be told apart from here: PID 1 stops them and looks until none runs.</summary>
internal sealed class InnerFreezer(GuestChannel channel, GuestLine line, TimeProvider time) : IFreezer
{
    /// <summary>Longer than PID 1 tries.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    public async Task StopAsync()
    {
        var answer = line.NextFreezeAsync();
        await channel.SendAsync(new GuestCommand(GuestCommand.Freeze));
        try
        {
            if (await answer.WaitAsync(Patience, time) is { } why)
            {
                throw new SandboxException($"the sandbox's processes could not all be stopped: {why}");
            }
        }
        catch (TimeoutException failure)
        {
            throw new SandboxException("the sandbox's processes could not all be stopped: PID 1 does not answer", inner: failure);
        }
    }

    public Task ContinueAsync() => channel.SendAsync(new GuestCommand(GuestCommand.Thaw));
}

using System.Diagnostics;
using SecureAgent.AgentRunner.Sandbox.Cgroups;

namespace SecureAgent.AgentRunner.Sandbox.Launch;

/// <summary>Guest in its stage <c>launch</c>, in control groups of its own, waiting for its order.</summary>
internal sealed record Launcher(Process Process, SessionGroup Group)
{
    /// <summary>Should it have ended before, who waits for Guest finds its last words.</summary>
    public async Task OrderAsync(LaunchOrder order, CancellationToken cancellationToken)
    {
        var input = Process.StandardInput.BaseStream;
        try
        {
            await input.WriteAsync(order.Bytes, cancellationToken);
            await input.FlushAsync(cancellationToken);
        }
        catch (IOException)
        {
            // Nobody reads any more: the same as an end a moment later.
        }
    }

    public async Task DiscardAsync()
    {
        Process.Kill();
        await Process.WaitForExitAsync(CancellationToken.None);
        await Group.RemoveAsync();
        Process.Release();
    }
}

using SecureAgent.AgentRunner.Sandbox;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>Looks at what a session uses, where nothing else holds it as a whole to its memory.</summary>
internal static class MemoryWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>True when it uses more; false when it was over before that.</summary>
    public static async Task<bool> ExceedsAsync(ISandbox sandbox, long bytes, TimeProvider time, CancellationToken over)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(over))
            {
                if (sandbox.UsesMoreThan(bytes))
                {
                    return true;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The session was faster.
        }

        return false;
    }
}

namespace SecureAgent.AgentRunner.Sandbox.Cgroups;

/// <summary>The control groups of one session.</summary>
/// <param name="Directories">What the sandbox's first process joins.</param>
internal sealed record SessionGroup(string Name, IReadOnlyList<string> Directories, TimeProvider Time)
{
    private static readonly TimeSpan Retry = TimeSpan.FromMilliseconds(5);
    private const int Retries = 200;

    /// <summary>A directory of the driver's that goes when the sandbox does.</summary>
    public string? Scratch { get; init; }

    /// <summary>Removes what may be left where a tool of the driver's was killed. When that fails, the rest is removed all the same.</summary>
    public Func<Task> Leftovers { get; init; } = () => Task.CompletedTask;

    public static SessionGroup None { get; } = new("", [], TimeProvider.System);

    /// <summary>Called when the sandbox is over. The kernel counts a dying process a little longer than its parent does.</summary>
    public async Task RemoveAsync()
    {
        try
        {
            await Leftovers();
        }
        finally
        {
            await RemoveDirectoriesAsync();
        }
    }

    private async Task RemoveDirectoriesAsync()
    {
        foreach (var directory in Directories)
        {
            for (var tries = 0; !TryRemove(directory) && tries < Retries; tries++)
            {
                await Task.Delay(Retry, Time);
            }
        }

        if (Scratch is { } scratch)
        {
            SessionDirectory.Remove(scratch);
        }
    }

    /// <summary>False while processes are in it.</summary>
    public static bool TryRemove(string directory)
    {
        try
        {
            if (Directory.Exists(directory))
            {
                // Not recursive: the files of a control group cannot be deleted, and rmdir takes them along.
                Directory.Delete(directory);
            }

            return true;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}

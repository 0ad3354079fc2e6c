using System.Collections.Concurrent;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// The drivers of this machine, each tried when a session first asks for it, as trying one means building a sandbox. What works is remembered; what does not is tried again, as the operator may
/// have mended it.
/// </summary>
internal sealed class SandboxDrivers(IReadOnlyDictionary<string, Func<CancellationToken, Task<DriverState>>> known) : IDisposable
{
    public const string Bubblewrap = "bubblewrap";
    public const string Gvisor = "gvisor";

    private readonly ConcurrentDictionary<string, DriverState> found = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim trying = new(1);

    /// <summary>Throws <see cref="SandboxException"/> when this machine cannot build such sandboxes; the message says how to mend it.</summary>
    public async Task<DriverState> GetAsync(string name, CancellationToken cancellationToken)
    {
        if (found.TryGetValue(name, out var state))
        {
            return state;
        }

        await trying.WaitAsync(cancellationToken);
        try
        {
            return found.TryGetValue(name, out state) ? state
                : known.TryGetValue(name, out var find) ? found[name] = await find(cancellationToken)
                : throw new SandboxException($"there is no sandbox driver '{name}'; use {string.Join(" or ", known.Keys)}");
        }
        finally
        {
            trying.Release();
        }
    }

    public void Dispose() => trying.Dispose();
}

/// <param name="Layers">As a trial found them.</param>
internal sealed record DriverState(ISandboxDriver Driver, IReadOnlyList<SandboxLayer> Layers);

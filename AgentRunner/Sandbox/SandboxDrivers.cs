using System.Collections.Concurrent;
using SecureAgent.Policy.Document;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// The drivers of this machine, each tried when a session first asks for it, as trying one means building a sandbox. What works is remembered; what does not is tried again where a
/// profile names it, as the operator may have mended it, and by <c>auto</c> not before a restart.
/// </summary>
internal sealed class SandboxDrivers(IReadOnlyDictionary<string, Func<CancellationToken, Task<DriverState>>> known) : IDisposable
{
    public const string Bubblewrap = "bubblewrap";
    public const string Gvisor = "gvisor";
    public const string Container = "container";

    private const string Auto = "auto";

    /// <summary>A container has this machine's kernel and no bypass catcher: it is for where bubblewrap does not work.</summary>
    private static readonly string[] StrongestFirst = [Gvisor, Bubblewrap, Container];

    private readonly ConcurrentDictionary<string, string> passedOver = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, DriverState> found = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim trying = new(1);

    /// <summary>
    /// The driver a profile names. For <c>auto</c> the strongest of those that enforce the whole profile and whose probes are right here. Throws <see cref="SandboxException"/> when there is none.
    /// </summary>
    public async Task<DriverState> ForAsync(Profile profile, CancellationToken cancellationToken)
    {
        if (profile.Sandbox.Driver != Auto)
        {
            return await GetAsync(profile.Sandbox.Driver, cancellationToken);
        }

        List<string> reasons = [];
        foreach (var name in StrongestFirst)
        {
            if (Unfit(profile, name) is { } unfit)
            {
                reasons.Add($"{name}: {unfit}");
            }
            else if (passedOver.TryGetValue(name, out var before))
            {
                reasons.Add($"{name}: {before}");
            }
            else
            {
                try
                {
                    return await GetAsync(name, cancellationToken) with { PassedOver = string.Join("; ", reasons) };
                }
                catch (SandboxException failure)
                {
                    passedOver[name] = failure.Message; // asked once: a driver that hangs would hold up every session
                    reasons.Add($"{name}: {failure.Message}");
                }
            }
        }

        throw new SandboxException($"no driver works here ({string.Join("; ", reasons)})");
    }

    private static string? Unfit(Profile profile, string driver) =>
        PolicySupport.Unsupported(profile with { Sandbox = profile.Sandbox with { Driver = driver } }) is [var unfit, ..] ? unfit
        : driver == Gvisor && profile.Files.Any(grant => grant.Deliver == FileDelivery.Copy) ? Sandbox.Gvisor.GvisorDriver.NoCopy
        : null;

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
internal sealed record DriverState(ISandboxDriver Driver, IReadOnlyList<SandboxLayer> Layers)
{
    /// <summary>Stronger ones that <c>auto</c> did not choose, and why; null when the profile named the driver.</summary>
    public string? PassedOver { get; init; }

    /// <summary>For the record and the operator: the driver, and when it was chosen here, why not a stronger one.</summary>
    public string Words => PassedOver switch { null => Driver.Name, "" => $"{Driver.Name} (auto)", _ => $"{Driver.Name} (auto; not {PassedOver})" };
}

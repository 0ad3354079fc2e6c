using Microsoft.Extensions.Options;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner.Sandbox;

/// <summary>
/// Sandboxes that stand ready, built and probed, of the kind that was asked for last. Each has an id, uid and directory of its own and serves one session; nothing of a session comes back here.
/// </summary>
internal sealed class SandboxPool(SandboxService sandboxes, ComponentContext component, IOptions<AgentRunnerOptions> options, TimeProvider time, ILogger<SandboxPool> log) : IDisposable
{
    public const int Most = 64;

    /// <summary>The session that took one is started by then; a sandbox that is built meanwhile would take the processor from it.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource stop = new();
    private readonly Queue<PooledSandbox> ready = new();
    private readonly Lock gate = new();
    private SandboxKind? wanted;
    private Task filling = Task.CompletedTask;
    private bool isFilling;

    public int Ready
    {
        get
        {
            lock (gate)
            {
                return ready.Count;
            }
        }
    }

    /// <summary>Completes when the pool is full, or cannot be filled now.</summary>
    public Task Filled
    {
        get
        {
            lock (gate)
            {
                return filling;
            }
        }
    }

    /// <summary>One of this kind, if there is one; in any case the pool is filled with this kind from now on.</summary>
    public async ValueTask<PooledSandbox?> TakeAsync(SandboxKind kind)
    {
        if (options.Value.Pool == 0)
        {
            return null;
        }

        List<PooledSandbox> useless = [];
        PooledSandbox? taken = null;
        lock (gate)
        {
            if (kind != wanted)
            {
                useless.AddRange(ready);
                ready.Clear();
                wanted = kind;
            }

            while (taken is null && ready.TryDequeue(out var next))
            {
                if (next.Sandbox.IsAlive)
                {
                    taken = next;
                }
                else
                {
                    useless.Add(next);
                }
            }

            StartFilling();
        }

        await DiscardAsync(useless);
        return taken;
    }

    /// <summary>Ends all that stand ready and makes no more.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await filling;
        List<PooledSandbox> left;
        lock (gate)
        {
            left = [.. ready];
            ready.Clear();
        }

        await DiscardAsync(left);
    }

    public void Dispose() => stop.Dispose();

    private void StartFilling()
    {
        if (!isFilling && !stop.IsCancellationRequested)
        {
            isFilling = true;
            filling = Task.Run(FillAsync);
        }
    }

    /// <summary>One at a time, after a pause: what is asked for now goes before what may be asked for.</summary>
    private async Task FillAsync()
    {
        try
        {
            await Task.Delay(Pause, time, stop.Token);
            while (Next() is { } kind)
            {
                var made = await BuildAsync(kind);
                if (!Keep(made))
                {
                    await DiscardAsync([made]);
                }
            }
        }
        catch (Exception failure) when (failure is SandboxException or IOException or OperationCanceledException)
        {
            // The next session asks again, and is told itself when it cannot have one either.
            log.PoolNotFilled(failure.Message);
            lock (gate)
            {
                isFilling = false;
            }
        }
    }

    private SandboxKind? Next()
    {
        lock (gate)
        {
            var next = ready.Count < options.Value.Pool && !stop.IsCancellationRequested ? wanted : null;
            isFilling = next is not null;
            return next;
        }
    }

    private bool Keep(PooledSandbox made)
    {
        lock (gate)
        {
            var isKept = made.Kind == wanted && ready.Count < options.Value.Pool && !stop.IsCancellationRequested;
            if (isKept)
            {
                ready.Enqueue(made);
            }

            return isKept;
        }
    }

    private async Task<PooledSandbox> BuildAsync(SandboxKind kind)
    {
        var (driver, _) = await sandboxes.Host.Drivers.GetAsync(kind.Limits.Driver, stop.Token);
        var (id, uid) = (Identifiers.New("s"), sandboxes.Host.Uids.Take());
        var directory = SessionDirectory.Create(component.RunDirectory, id, uid);
        try
        {
            return new PooledSandbox(id, uid, directory, kind, await driver.PrepareAsync(kind.Request(id, directory, uid), stop.Token));
        }
        catch
        {
            Release(directory, uid);
            throw;
        }
    }

    private async Task DiscardAsync(IEnumerable<PooledSandbox> useless)
    {
        foreach (var one in useless)
        {
            await one.Sandbox.DisposeAsync();
            Release(one.Directory, one.Uid);
        }
    }

    private void Release(string directory, uint uid)
    {
        SessionDirectory.Remove(directory);
        sandboxes.Host.Uids.Return(uid);
    }
}

/// <summary>A sandbox that nobody has used.</summary>
internal sealed record PooledSandbox(string Id, uint Uid, string Directory, SandboxKind Kind, IPreparedSandbox Sandbox);

/// <summary>What is decided before a session is known. A sandbox with a private copy is none of these: its files are there first.</summary>
/// <param name="AllowDegraded">Names of layers, joined, so that kinds compare by value.</param>
internal sealed record SandboxKind(SandboxPolicy Limits, string AllowDegraded, bool HasSecretDoor)
{
    public static SandboxKind Of(SandboxPolicy limits, IEnumerable<string> allowDegraded, bool hasSecretDoor) =>
        new(limits, string.Join(',', allowDegraded.Order(StringComparer.Ordinal)), hasSecretDoor);

    public SandboxRequest Request(string id, string directory, uint uid) =>
        new(id, directory, uid, Limits, AllowDegraded.Split(',', StringSplitOptions.RemoveEmptyEntries)) { HasSecretDoor = HasSecretDoor };
}

using System.Collections.Concurrent;
using System.Net;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>
/// The names of one session, resolved once and then kept for a while: whoever controls a name's DNS cannot show one address to the judge and
/// another to the dialler. Each query is on record before it leaves, as its labels are bytes the agent may choose below a wildcard.
/// </summary>
internal sealed class NamePins(string sessionId, INameResolver resolver, AuditLog audit, EgressProxyOptions options, TimeProvider time)
{
    private const int MaxPins = 1024;

    private readonly ConcurrentDictionary<string, Pin> pins = new(StringComparer.Ordinal);

    private sealed record Pin(Lazy<Task<IReadOnlyList<IPAddress>>> Answer, DateTimeOffset Until);

    /// <summary>The answer that stands now; null when the name would have to be asked for.</summary>
    public IReadOnlyList<IPAddress>? Known(string name) =>
        pins.TryGetValue(name, out var pin) && pin.Until > time.GetUtcNow() && pin.Answer is { IsValueCreated: true, Value: { IsCompletedSuccessfully: true, Result: { Count: > 0 } answer } }
            ? answer
            : null;

    /// <summary>Empty when there is no answer in time.</summary>
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name)
    {
        var now = time.GetUtcNow();
        if (pins.Count >= MaxPins)
        {
            pins.Clear();
        }

        var pin = pins.AddOrUpdate(name, NewPin, (key, old) => old.Until > now ? old : NewPin(key));
        var keep = false;
        try
        {
            var answer = await pin.Answer.Value;
            keep = answer.Count > 0;
            return answer;
        }
        finally
        {
            // Failures are not remembered; the next request asks again.
            if (!keep)
            {
                pins.TryRemove(KeyValuePair.Create(name, pin));
            }
        }

        Pin NewPin(string key) => new(new Lazy<Task<IReadOnlyList<IPAddress>>>(() => QueryAsync(key)), now + options.ResolutionLifetime);
    }

    private async Task<IReadOnlyList<IPAddress>> QueryAsync(string name)
    {
        audit.Append(new AuditEntry("name.resolve", AuditPlanes.Egress) { Session = sessionId, Subject = name });
        using var limit = new CancellationTokenSource(options.ResolveTimeout, time);
        try
        {
            return await resolver.ResolveAsync(name, limit.Token).WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return [];
        }
    }
}

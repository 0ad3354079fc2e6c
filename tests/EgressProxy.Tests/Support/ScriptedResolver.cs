using System.Collections.Concurrent;
using System.Net;
using SecureAgent.EgressProxy.Judging;

namespace SecureAgent.EgressProxy.Tests.Support;

/// <summary>A DNS under test control: each query of a name takes its next answer, the last one stays.</summary>
internal sealed class ScriptedResolver : INameResolver
{
    private readonly ConcurrentDictionary<string, Queue<string[]>> answers = new(StringComparer.Ordinal);

    public ConcurrentQueue<string> Queries { get; } = new();

    public void Answer(string name, params string[][] script) => answers[name] = new Queue<string[]>(script);

    public Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        Queries.Enqueue(name);
        if (!answers.TryGetValue(name, out var script))
        {
            return Task.FromResult<IReadOnlyList<IPAddress>>([]);
        }

        lock (script)
        {
            var answer = script.Count > 1 ? script.Dequeue() : script.Peek();
            return Task.FromResult<IReadOnlyList<IPAddress>>([.. answer.Select(IPAddress.Parse)]);
        }
    }
}

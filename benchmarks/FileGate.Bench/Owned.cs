namespace SecureAgent.FileGate.Bench;

/// <summary>Clients that end together.</summary>
internal sealed class Owned : IAsyncDisposable
{
    private readonly List<object> all = [];

    public T Own<T>(T one)
        where T : class
    {
        lock (all)
        {
            all.Add(one);
        }

        return one;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in all)
        {
            if (one is IAsyncDisposable later)
            {
                await later.DisposeAsync();
            }
            else
            {
                (one as IDisposable)?.Dispose();
            }
        }
    }
}

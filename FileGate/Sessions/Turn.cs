namespace SecureAgent.FileGate.Sessions;

/// <summary>One of a session's few places for what is dear; given back when it is disposed.</summary>
internal sealed class Turn : IDisposable
{
    private readonly SemaphoreSlim slots;

    private Turn(SemaphoreSlim slots) => this.slots = slots;

    public static async ValueTask<Turn> TakeAsync(SemaphoreSlim slots, CancellationToken cancellationToken)
    {
        await slots.WaitAsync(cancellationToken);
        return new Turn(slots);
    }

    public void Dispose() => slots.Release();
}

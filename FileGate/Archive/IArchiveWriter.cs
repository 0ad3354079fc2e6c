using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Archive;

/// <summary>One archive being written. Disposing without <see cref="FinishAsync"/> leaves it without its end, so that it cannot pass for whole.</summary>
internal interface IArchiveWriter : IAsyncDisposable
{
    /// <summary>Time of every entry: the earliest that both formats can say.</summary>
    static DateTimeOffset Time { get; } = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    Task AddAsync(string name, PreparedRead read, CancellationToken cancellationToken);

    Task FinishAsync(CancellationToken cancellationToken);
}

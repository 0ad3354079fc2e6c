namespace SecureAgent.SecretBroker.Store;

/// <summary>Opens the store at start, so that what is wrong with it stops the start.</summary>
internal sealed class StoreCheck(EmbeddedStore store, ILogger<StoreCheck> log) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        log.StoreOpened(store.Kind, store.List().Count);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

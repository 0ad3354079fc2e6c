namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>Before the first session opens, every folder is the old tree or the new one again.</summary>
internal sealed class ApplyRecovery(ChangeApplier applier) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        applier.RecoverAll();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

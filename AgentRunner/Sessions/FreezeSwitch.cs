using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>Freezes and thaws one session: its processes and its doors, one change at a time.</summary>
internal sealed class FreezeSwitch(SessionIdentity identity, ISandbox sandbox, GateSet gates, AuditLog audit) : IDisposable
{
    private readonly SemaphoreSlim turn = new(1, 1);

    public bool IsFrozen { get; private set; }

    /// <summary>Freezes, then records. False when it is frozen already.</summary>
    public Task<bool> FreezeAsync(string why) => ChangeAsync(true, async () =>
    {
        await Task.WhenAll(sandbox.FreezeAsync(), gates.FreezeAsync(identity.Id));
        await RecordAsync("session.frozen", why);
    });

    /// <summary>Records, then lets go: first the doors, then the agent that will use them. False when it is not frozen.</summary>
    public Task<bool> ThawAsync() => ChangeAsync(false, async () =>
    {
        await RecordAsync("session.thawed", "operator");
        await gates.ThawAsync(identity.Id);
        await sandbox.ThawAsync();
    });

    public void Dispose() => turn.Dispose();

    private async Task<bool> ChangeAsync(bool frozen, Func<Task> change)
    {
        await turn.WaitAsync();
        try
        {
            if (IsFrozen == frozen)
            {
                return false;
            }

            await change();
            IsFrozen = frozen;
            return true;
        }
        finally
        {
            turn.Release();
        }
    }

    private Task RecordAsync(string kind, string why) => audit.AppendDurableAsync(new AuditEntry(kind, AuditPlanes.Session)
    {
        Session = identity.Id, Trace = identity.TraceId, Facts = [AuditFact.Of("why", why)],
    });
}

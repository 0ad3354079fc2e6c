using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>
/// Where a gate says that an agent touched what no task needs. The session is frozen here at once; AgentRunner, which watches, freezes
/// its processes and every other gate.
/// </summary>
/// <remarks>
/// Frozen, recorded (the record is also that of the refusal), told; the agent's processes are stopped while the record goes to the disk. The doors here do not wait for that: they are closed
/// even where no runner answers, so the agent may see its connection cut before it stands still. A log that cannot take the record does not keep the session from being frozen.
/// </remarks>
public sealed class SessionAlarms(SessionRegistry registry, AuditLog audit, Func<ISessionGate> gate)
{
    private readonly ConcurrentDictionary<Channel<Alarm>, byte> watchers = new();

    /// <param name="plane">One of <see cref="AuditPlanes"/>.</param>
    /// <param name="subject">What was touched, never a value.</param>
    /// <remarks>The calling request's own connection is among those cut. Throws <see cref="AuditUnavailableException"/> when the alarm is not on record.</remarks>
    public async Task TripAsync(SessionContext session, string plane, string subject, ReasonCode reason, params AuditFact[] facts)
    {
        ArgumentNullException.ThrowIfNull(session);
        var alarm = new Alarm { SessionId = session.Id, Plane = plane, Subject = subject, Reason = reason.Name() };
        session.Freeze(alarm);
        Task? onDisk = null;
        try
        {
            onDisk = audit.AppendDurableAsync(new AuditEntry(AuditKinds.Alarm, plane)
            {
                Session = session.Id,
                Subject = subject,
                Decision = Decision.Deny(reason),
                Trace = session.TraceParent == default ? null : session.TraceParent.TraceId.ToHexString(),
                Facts = facts,
            });
        }
        finally
        {
            foreach (var watcher in watchers.Keys)
            {
                watcher.Writer.TryWrite(alarm);
            }

            await Task.WhenAll(onDisk ?? Task.CompletedTask, gate().FreezeAsync(session, CancellationToken.None).AsTask());
        }
    }

    /// <summary>Begins with the alarms of sessions that are frozen by one; then each as it is tripped. An alarm may come twice.</summary>
    internal async IAsyncEnumerable<Alarm> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateUnbounded<Alarm>();
        watchers[watcher] = 0;
        try
        {
            foreach (var alarm in registry.All.Select(session => session.Alarm).OfType<Alarm>())
            {
                yield return alarm;
            }

            await foreach (var alarm in watcher.Reader.ReadAllAsync(cancellationToken))
            {
                yield return alarm;
            }
        }
        finally
        {
            watchers.TryRemove(watcher, out _);
        }
    }
}

using SecureAgent.Policy;
using SecureAgent.Policy.Secrets;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Honeypots;

/// <summary>A decoy was asked for, by the sandbox or through a gate: the session is frozen everywhere, and its leases end.</summary>
internal sealed class SecretTripwire(SessionAlarms alarms, ILogger<SecretTripwire> log)
{
    /// <summary>Throws <see cref="LeaseRefusedException"/> when it is a decoy: by then the alarm is on disk and no lease of the session lives.</summary>
    public async Task PassAsync(SessionContext session, SecretRequest request)
    {
        if (session.State.Get<SecretDecoys>() is not { } decoys || !decoys.Has(request.Name))
        {
            return;
        }

        log.DecoyAsked(session.Id, request.Caller, request.Name);
        await alarms.TripAsync(session, AuditPlanes.Secrets, request.Name, ReasonCode.HoneypotTouched, AuditFact.Of("caller", request.Caller));
        SecretBrokerTelemetry.Decided(Decision.Deny(ReasonCode.HoneypotTouched), TimeSpan.Zero);
        throw new LeaseRefusedException(ReasonCode.HoneypotTouched, "the session is frozen");
    }
}

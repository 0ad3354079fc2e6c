using SecureAgent.Policy.Secrets;
using SecureAgent.SecretBroker.Honeypots;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.AgentDoor;

/// <summary>What a sandbox may ask of the broker. Both calls are on record before anything is told.</summary>
internal sealed class AgentSecrets(LeaseIssuer issuer, AuditLog audit)
{
    private const int MaxName = 64;

    /// <summary>Throws <see cref="LeaseRefusedException"/> and <see cref="AuditUnavailableException"/>; a decoy's name is an alarm.</summary>
    public Task<IssuedLease> DrawAsync(SessionContext session, string name, CancellationToken cancellationToken) =>
        issuer.DrawAsync(session.Id, new SecretRequest(SecretPolicy.Agent, name.Length > MaxName ? name[..MaxName] : name, "", 0, "GET"), cancellationToken);

    /// <summary>Names of what is delivered to the agent, decoys among them.</summary>
    public IReadOnlyList<string> List(SessionContext session)
    {
        var names = session.Profile.Secrets.Where(grant => grant.IsForAgent).Select(grant => grant.Name)
            .Concat(session.State.Get<SecretDecoys>()?.Names ?? []).Order(StringComparer.Ordinal).ToList();
        audit.Append(new AuditEntry("secret.list", AuditPlanes.Secrets)
        {
            Session = session.Id, Facts = [AuditFact.Of("caller", SecretPolicy.Agent), AuditFact.Of("count", names.Count)],
        });
        return names;
    }
}

using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>Writes the one record of each decision. It comes before the first byte to the destination; when it cannot be written nothing goes out.</summary>
internal sealed class EgressRecord(AuditLog audit, ILogger<EgressRecord> log)
{
    /// <summary>Throws <see cref="AuditUnavailableException"/>.</summary>
    public void Decided(EgressSession session, Judgement judgement, params ReadOnlySpan<AuditFact> facts)
    {
        if (judgement.Spent is { IsRecorded: false })
        {
            EgressProxyTelemetry.Decided(judgement.Ask.Via, judgement.Decision);
            return;
        }

        // The alarm of a touched decoy is its record.
        if (judgement.Decision.Reason != ReasonCode.HoneypotTouched)
        {
            audit.Append(new AuditEntry(AuditKinds.Decision, AuditPlanes.Egress)
            {
                Session = session.Id,
                Subject = judgement.Subject,
                Decision = judgement.Decision,
                Trace = session.Trace,
                Facts = All(judgement, facts),
            });
        }

        EgressProxyTelemetry.Decided(judgement.Ask.Via, judgement.Decision);
        if (!judgement.IsAllowed)
        {
            log.Refused(session.Id, judgement.Ask.Via, judgement.Subject, judgement.Decision.Reason.Name());
        }
    }

    private static List<AuditFact> All(Judgement judgement, ReadOnlySpan<AuditFact> facts)
    {
        var all = new List<AuditFact>(facts.Length + 4) { AuditFact.Of("via", judgement.Ask.Via), AuditFact.Of("method", judgement.Ask.Method) };
        all.AddRange(facts);
        if (judgement.Spent is { } spent)
        {
            all.Add(AuditFact.Of("budget", spent.Budget));
            all.Add(AuditFact.Of("unrecorded", spent.Unrecorded));
        }

        if (judgement.Asked is { } asked)
        {
            all.Add(AuditFact.Of("asked", asked));
        }

        if (judgement.Addresses.Count > 0)
        {
            all.Add(AuditFact.Of("address", judgement.Addresses[0].ToString()));
        }

        return all;
    }

    /// <summary>What became of an allowed destination. A failure to write it is logged: the decision itself is on record already.</summary>
    public void Event(string kind, string sessionId, Judgement judgement, params AuditFact[] facts) => Event(kind, sessionId, judgement.Subject, facts);

    /// <inheritdoc cref="Event(string, string, Judgement, AuditFact[])"/>
    public void Event(string kind, string sessionId, string? subject, params AuditFact[] facts)
    {
        try
        {
            audit.Append(new AuditEntry(kind, AuditPlanes.Egress) { Session = sessionId, Subject = subject, Facts = facts });
        }
        catch (AuditUnavailableException error)
        {
            log.EventNotRecorded(error, kind);
        }
    }
}

using System.Diagnostics;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;
using SecureAgent.SecretBroker.Honeypots;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>A lease with its value, on its way to the gate that asked.</summary>
internal sealed record IssuedLease(LiveLease Lease, SecretGrant Grant, StoredSecret Secret) : IDisposable
{
    public void Dispose() => Secret.Dispose();
}

/// <summary>Decides, reads, records on disk, and only then gives. One decision record for each request.</summary>
internal sealed class LeaseIssuer(
    SessionRegistry sessions, ISecretStore store, SecretTripwire tripwire, AuditLog audit, TimeProvider time, ILogger<LeaseIssuer> log, StoreLeases? atStore = null)
{
    /// <summary>Throws <see cref="LeaseRefusedException"/>, and <see cref="AuditUnavailableException"/> when nothing may be given.</summary>
    public async Task<IssuedLease> DrawAsync(string sessionId, SecretRequest request, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        if (!sessions.TryGet(sessionId, out var session) || session.State.Get<SessionLeases>() is not { } leases)
        {
            return await RefuseAsync(sessionId, request, Decision.Deny(ReasonCode.SessionClosed), "the session is not open here", started);
        }

        if (session.IsFrozen)
        {
            return await RefuseAsync(sessionId, request, Decision.Deny(ReasonCode.SessionFrozen), "the session is frozen", started);
        }

        if (session.State.Get<DrawRate>() is { } rate && !rate.TryTake())
        {
            return await RefuseAsync(sessionId, request, Decision.Deny(ReasonCode.RateLimited), "the session asks too often", started);
        }

        await tripwire.PassAsync(session, request);
        var decision = SecretPolicy.Decide(session.Profile, request);
        if (!decision.IsAllowed)
        {
            return await RefuseAsync(sessionId, request, decision, Explain(decision), started);
        }

        if (leases.IsFull)
        {
            return await RefuseAsync(sessionId, request, Decision.Deny(ReasonCode.BudgetExceeded, decision.Rule), "the session holds too many leases at once", started);
        }

        var grant = SecretPolicy.Find(session.Profile, request.Name)!;
        var (secret, why) = await ReadAsync(grant, cancellationToken);
        if (secret is null)
        {
            return await RefuseAsync(sessionId, request, Decision.Deny(ReasonCode.SecretUnavailable, decision.Rule), why, started);
        }

        return await GiveAsync(session, leases, new IssuedLease(NewLease(sessionId, request, grant, secret), grant, secret), request, decision, started);
    }

    /// <summary>Ends one lease of the caller. Unknown, foreign and ended leases are all the same: nothing happens.</summary>
    public async Task RevokeAsync(string leaseId, string caller)
    {
        foreach (var session in sessions.All)
        {
            if (session.State.Get<SessionLeases>()?.Remove(leaseId, caller) is { } lease)
            {
                SecretBrokerTelemetry.RevokedLeases(1);
                audit.Append(new AuditEntry("lease.returned", AuditPlanes.Secrets)
                {
                    Session = lease.SessionId, Subject = lease.Name, Facts = [AuditFact.Of("lease", lease.Id)],
                });
                if (atStore is not null)
                {
                    await atStore.RevokeAsync([lease]);
                }

                return;
            }
        }
    }

    private async Task<IssuedLease> GiveAsync(
        SessionContext session, SessionLeases leases, IssuedLease issued, SecretRequest request, Decision decision, long started)
    {
        try
        {
            // Registered before it is recorded: a session that ends in between revokes it, and then it is not given.
            if (!leases.TryAdd(issued.Lease))
            {
                return await RefuseAsync(session.Id, request, Decision.Deny(ReasonCode.SessionClosed, decision.Rule), "the session ended or was frozen", started);
            }

            await RecordAsync(session.Id, request, decision,
                AuditFact.Of("lease", issued.Lease.Id),
                AuditFact.Of("ttlSeconds", (long)issued.Grant.Ttl.TotalSeconds),
                AuditFact.Of("version", issued.Secret.Version));
            if (!leases.Holds(issued.Lease.Id) || !SecretPolicy.Grants(session.Profile, issued.Grant))
            {
                throw new LeaseRefusedException(GoneBecause(session), "the session ended or was frozen, or its policy or the secret changed, meanwhile");
            }

            SecretBrokerTelemetry.Decided(decision, time.GetElapsedTime(started));
            return issued;
        }
        catch
        {
            leases.Remove(issued.Lease.Id, issued.Lease.Caller);
            issued.Dispose();
            if (atStore is not null)
            {
                await atStore.RevokeAsync([issued.Lease]);
            }

            throw;
        }
    }

    private static ReasonCode GoneBecause(SessionContext session) =>
        session.IsFrozen ? ReasonCode.SessionFrozen : session.Closed.IsCancellationRequested ? ReasonCode.SessionClosed : ReasonCode.LeaseGone;

    private async Task<(StoredSecret? Secret, string Why)> ReadAsync(SecretGrant grant, CancellationToken cancellationToken)
    {
        try
        {
            if (grant.Source is SecretSource.Vault && atStore is not null)
            {
                await atStore.SettleAsync(cancellationToken);
            }

            var secret = await store.ReadAsync(grant.Source, cancellationToken);
            return (secret, secret is null ? $"the {KindOf(grant)} store holds no value for '{grant.Name}' ({Address(grant.Source)}){(grant.Source is SecretSource.Embedded ? "; set it with: secure-agent secret set" : "")}" : "");
        }
        catch (SecretStoreException error)
        {
            log.StoreFailed(error);
            return (null, error.Message);
        }
    }

    private async Task<IssuedLease> RefuseAsync(string sessionId, SecretRequest request, Decision decision, string why, long started)
    {
        log.LeaseRefused(sessionId, request.Caller, request.Name, decision.Reason.Name());
        await RecordAsync(sessionId, request, decision);
        SecretBrokerTelemetry.Decided(decision, time.GetElapsedTime(started));
        throw new LeaseRefusedException(decision.Reason, why);
    }

    private Task RecordAsync(string sessionId, SecretRequest request, Decision decision, params AuditFact[] facts) =>
        audit.AppendDurableAsync(new AuditEntry(AuditKinds.Decision, AuditPlanes.Secrets)
        {
            Session = sessionId,
            Subject = request.Name,
            Decision = decision,
            Trace = Activity.Current?.TraceId.ToString(),
            Facts =
            [
                AuditFact.Of("caller", request.Caller), AuditFact.Of("host", request.Host), AuditFact.Of("port", request.Port),
                AuditFact.Of("method", request.Method), AuditFact.Of("store", GrantOf(sessionId, request) is { } grant ? KindOf(grant) : store.Kind), .. facts,
            ],
        });

    private LiveLease NewLease(string sessionId, SecretRequest request, SecretGrant grant, StoredSecret secret)
    {
        var now = time.GetUtcNow();
        var life = secret.Lease is { IsRenewable: false } held && held.Duration < grant.Ttl ? held.Duration : grant.Ttl;
        return new(Identifiers.New("l", 16), sessionId, request.Caller, request.Name, now + life, secret.Lease, now + (secret.Lease?.Duration ?? TimeSpan.Zero));
    }

    private SecretGrant? GrantOf(string sessionId, SecretRequest request) =>
        sessions.TryGet(sessionId, out var session) ? SecretPolicy.Find(session.Profile, request.Name) : null;

    private static string KindOf(SecretGrant grant) => grant.Source is SecretSource.Vault ? "vault" : "embedded";

    private static string Address(SecretSource source) => source switch
    {
        SecretSource.Embedded embedded => embedded.Name,
        SecretSource.Vault vault => $"{vault.Mount}/{vault.Path}#{vault.Field}",
        _ => "?",
    };

    private static string Explain(Decision decision) => decision.Rule is { } rule
        ? $"{decision.Reason.Name()} by {rule.Path} (line {rule.Line})"
        : $"{decision.Reason.Name()}: no rule gives it";
}

/// <summary>No lease. The message is for the gate and its log; it holds no value.</summary>
internal sealed class LeaseRefusedException(ReasonCode reason, string message) : Exception(message)
{
    public ReasonCode Reason { get; } = reason;
}

using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Secrets;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>What became of a request that may need a credential. A refused judgement has none.</summary>
internal readonly record struct Injection(Judgement Judgement, string? Detail, InjectedCredential? Credential);

/// <summary>For a rule with <c>inject</c>: no credential of the agent's own beside the operator's, then a lease for this one request.</summary>
internal sealed class Injector(SecretLeases leases, ILogger<Injector> log)
{
    public async Task<Injection> PrepareAsync(HttpContext context, EgressSession session, Judgement judgement, GuardedRequest request, ExchangeLimits limits)
    {
        if (judgement is not { IsAllowed: true, Rule.Inject: { } name })
        {
            return new Injection(judgement, null, null);
        }

        var ownField = SecretPolicy.Find(session.Profile, name)?.Header ?? "";
        if (ForeignCredential.Find(context.Request.Headers, request.PathAndQuery, ownField) is { } foreign)
        {
            return Foreign(judgement, foreign);
        }

        var body = request.Upgrade is null ? await SearchBodyAsync(context, limits) : default;
        return body.Refused switch
        {
            ReasonCode.CredentialForeign => Foreign(judgement, body.Detail),
            { } reason => new Injection(judgement.Refuse(reason), body.Detail, null),
            null => await DrawAsync(session, judgement, name, context.RequestAborted),
        };
    }

    private static async Task<BodyFinding> SearchBodyAsync(HttpContext context, ExchangeLimits limits)
    {
        try
        {
            return await BodyCredential.FindAsync(context, limits.Token);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException && limits.Reached is not null)
        {
            return new BodyFinding(limits.Reached, null);
        }
    }

    private static Injection Foreign(Judgement judgement, string? place) => new(
        judgement.Refuse(ReasonCode.CredentialForeign),
        $"The rule for this host adds the operator's credential; '{place}' brings another. Send the request without it.",
        null);

    private async Task<Injection> DrawAsync(EgressSession session, Judgement judgement, string name, CancellationToken cancellationToken)
    {
        try
        {
            var draw = new SecretDraw(session.Id, name, judgement.HostName, judgement.Ask.Port, judgement.Ask.Method);
            return new Injection(judgement, null, await InjectedCredential.DrawAsync(leases, draw, cancellationToken));
        }
        catch (SecretRefusedException error)
        {
            log.NoCredential(session.Id, judgement.Subject, error.Message);
            return new Injection(
                judgement.Refuse(error.Reason), $"The credential this host's rule adds could not be had ({error.Reason.Name()}); the request was not sent.", null);
        }
    }
}

using System.Diagnostics;
using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Secrets;
using SecureAgent.ServiceDefaults.Secrets;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy.Injection;

/// <summary>What became of a request that may need credentials. A refused judgement has none.</summary>
internal readonly record struct Injection(Judgement Judgement, string? Detail, RequestCredentials? Credentials);

/// <summary>For a rule with <c>inject</c> or <c>placeholders</c>: no credential of the agent's own beside the operator's, then leases for this one request.</summary>
internal sealed class Injector(SecretLeases leases, ILogger<Injector> log)
{
    public ValueTask<Injection> PrepareAsync(HttpContext context, EgressSession session, Judgement judgement, GuardedRequest request, ExchangeLimits limits) =>
        judgement is not { IsAllowed: true, Rule: { } rule } || rule is { Inject: null, Placeholders.Count: 0 }
            ? ValueTask.FromResult(new Injection(judgement, null, null))
            : PrepareAsync(context, session, judgement, rule, request, limits);

    private async ValueTask<Injection> PrepareAsync(
        HttpContext context, EgressSession session, Judgement judgement, EgressRule rule, GuardedRequest request, ExchangeLimits limits)
    {
        var placeholders = Placeholders.Find(rule.Placeholders, context.Request.Headers, request.PathAndQuery);
        if (placeholders.Misplaced is { } place)
        {
            return await MisplacedAsync(session, judgement, place, placeholders.Named, context.RequestAborted);
        }

        if (FindForeign(context, session, rule, request, placeholders) is { } foreign)
        {
            return Foreign(judgement, foreign);
        }

        var body = request.Upgrade is null ? await SearchBodyAsync(context, rule.Placeholders, limits) : default;
        switch (body.Refused)
        {
            case ReasonCode.CredentialForeign:
                return Foreign(judgement, body.Detail);
            case ReasonCode.PlaceholderMisplaced:
                return await MisplacedAsync(session, judgement, body.Detail!, body.Placeholders?.Named, context.RequestAborted);
            case { } reason:
                return new Injection(judgement.Refuse(reason), body.Detail, null);
            case null when rule.Inject is null && placeholders.All.Count == 0 && body.Placeholders is null:
                return new Injection(judgement, null, null);
            default:
                var drawn = await DrawAsync(session, judgement, rule.Inject, placeholders, body, context.RequestAborted);
                drawn.Credentials?.FillBody(context.Request);
                return drawn;
        }
    }

    /// <summary>What the rule sets itself is not foreign: what the agent sent there is replaced, as clients insist on a value.</summary>
    private static string? FindForeign(HttpContext context, EgressSession session, EgressRule rule, GuardedRequest request, Placeholders placeholders)
    {
        var ownField = rule.Inject is { } name ? SecretPolicy.Find(session.Profile, name)?.Header ?? "" : "";
        return ForeignCredential.Find(
            context.Request.Headers, placeholders.Without(request.PathAndQuery),
            field => string.Equals(field, ownField, StringComparison.OrdinalIgnoreCase) || placeholders.All.Any(one => one.IsField && one.Place == field));
    }

    private static async Task<BodyFinding> SearchBodyAsync(HttpContext context, IReadOnlyList<PlaceholderRule> rules, ExchangeLimits limits)
    {
        try
        {
            return await BodyCredential.FindAsync(context, rules, limits.Token);
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

    /// <summary>A name that the profile does not have is asked of the broker all the same: it refuses, and knows its decoys.</summary>
    private async Task<Injection> MisplacedAsync(EgressSession session, Judgement judgement, string place, string? name, CancellationToken cancellationToken)
    {
        if (name is not null && SecretPolicy.Find(session.Profile, name) is null)
        {
            var asked = await DrawAsync(session, judgement, name, Placeholders.None, default, cancellationToken);
            if (asked.Credentials is null)
            {
                return asked;
            }

            await asked.Credentials.DisposeAsync();
        }

        return new Injection(
            judgement.Refuse(ReasonCode.PlaceholderMisplaced),
            $"'{place}' has a placeholder that the rule for this host does not put there. A placeholder is the whole value of a place that 'placeholders' lists.",
            null);
    }

    private async Task<Injection> DrawAsync(
        EgressSession session, Judgement judgement, string? inject, Placeholders placeholders, BodyFinding body, CancellationToken cancellationToken)
    {
        using var activity = session.Context.BeginActivity("egress-proxy draw", ActivityKind.Internal);
        try
        {
            var draw = new SecretDraw(session.Id, "", judgement.HostName, judgement.Ask.Port, judgement.Ask.Method);
            return new Injection(judgement, null, await RequestCredentials.DrawAsync(leases, draw, inject, placeholders, body, cancellationToken));
        }
        catch (SecretRefusedException error)
        {
            log.NoCredential(session.Id, judgement.Subject, error.Message);
            return new Injection(
                judgement.Refuse(error.Reason), $"The credential this request needs could not be had ({error.Reason.Name()}); it was not sent.", null);
        }
    }
}

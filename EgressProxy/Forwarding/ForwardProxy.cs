using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http.Features;
using SecureAgent.EgressProxy.Injection;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.EgressProxy.Refusals;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.Policy;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>HTTP, plain or in an inspected tunnel: guard → judge → fields → credential → record → exchange. Every request of a kept-alive connection goes the whole way.</summary>
internal sealed class ForwardProxy(
    EgressJudge judge, EgressRecord record, Injector injector, UpstreamExchange exchange, TimeProvider time, ILogger<ForwardProxy> log)
{
    private const int MaxShown = 300;

    public async Task ServeAsync(HttpContext context)
    {
        var session = context.Session().Egress();
        using var activity = ServiceTelemetry.Source.HasListeners()
            ? ServiceTelemetry.Source.StartActivity($"egress-proxy {context.Request.Method}", ActivityKind.Server, session.Context.TraceParent)
            : null;
        activity?.SetTag("secureagent.session", session.Id);
        var tunnel = context.Features.Get<InspectedTunnel>();
        var request = tunnel is null ? RequestGuard.Read(context, session.Profile) : TunnelGuard.Read(context, tunnel);
        tunnel?.Count();
        if (request.Upgrade is null)
        {
            context.Features.Set<IHttpUpgradeFeature>(null);
        }

        using var pass = session.Budget.Enter();
        var (judgement, detail) = pass.Refused is { } spent ? (Judgement.OutOf(spent, request.Ask), null) : await DecideAsync(context, session, request);
        var stripped = judgement.IsAllowed ? HeaderFilter.Apply(context.Request.Headers, judgement.Rule?.Inspect) : null;
        using var limits = new ExchangeLimits(context, judgement.IsAllowed ? judgement.Rule?.Inspect : null, time);
        RequestCredentials? credential = null;
        try
        {
            var injection = await injector.PrepareAsync(context, session, judgement, request, limits);
            (judgement, detail, credential) = (injection.Judgement, injection.Detail ?? detail, injection.Credentials);
            record.Decided(session, judgement, CollectionsMarshal.AsSpan(Facts(request, judgement, credential, stripped)));
            activity?.SetTag("secureagent.reason", judgement.Decision.Reason.Name());
            if (judgement.IsAllowed)
            {
                await exchange.ServeAsync(context, session, judgement, request, credential, limits);
            }
            else
            {
                await Refusal.Of(session.Profile, judgement, detail).WriteAsync(context);
            }
        }
        catch (AuditUnavailableException error)
        {
            log.NotRecorded(error);
            await Refusal.Of(session.Profile, judgement.Refuse(ReasonCode.AuditUnavailable)).WriteAsync(context);
        }
        finally
        {
            if (credential is not null)
            {
                await credential.DisposeAsync();
            }
        }
    }

    private async ValueTask<(Judgement Judgement, string? Detail)> DecideAsync(HttpContext context, EgressSession session, GuardedRequest request)
    {
        if (request.Refused is { } reason)
        {
            return (new Judgement(request.Ask, Decision.Deny(reason), request.Ask.Host, null, []), request.Detail);
        }

        var judgement = await judge.JudgeAsync(session, request.Ask);
        if (judgement is not { IsAllowed: true, Rule: { } rule })
        {
            return (judgement, null);
        }

        if (InspectPolicy.Decide(rule, request.Ask.Method, request.Path, request.Upgrade) is { IsAllowed: false } refused)
        {
            return (judgement.Refuse(refused.Reason), null);
        }

        return (ExchangeLimits.MaySend(rule.Inspect, context.Request.ContentLength) ? judgement : judgement.Refuse(ReasonCode.RequestTooLarge), null);
    }

    private static List<AuditFact> Facts(GuardedRequest request, Judgement judgement, RequestCredentials? credential, string? stripped)
    {
        var facts = new List<AuditFact>();
        if (credential is not null)
        {
            facts.Add(AuditFact.Of("lease", credential.LeaseIds));
        }

        if (judgement.Rule?.Inspect is not null)
        {
            facts.Add(AuditFact.Of("path", Shown(request.Path)));
        }

        if (stripped is not null)
        {
            facts.Add(AuditFact.Of("stripped", Shown(stripped)));
        }

        return facts;
    }

    private static string Shown(string text) => text.Length <= MaxShown ? text : text[..MaxShown];
}

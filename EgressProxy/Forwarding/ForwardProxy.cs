using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Injection;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Refusals;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.Policy;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.ServiceDefaults.Telemetry;
using Yarp.ReverseProxy.Forwarder;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>HTTP, plain or in an inspected tunnel: guard → judge → credential → record → forward. Every request of a kept-alive connection goes the whole way.</summary>
internal sealed class ForwardProxy(
    EgressJudge judge, EgressRecord record, Injector injector, IHttpForwarder forwarder, IOptions<EgressProxyOptions> options, ILogger<ForwardProxy> log)
{
    private const int MaxShownPath = 300;

    private readonly ForwarderRequestConfig http1 = new()
    {
        ActivityTimeout = options.Value.ActivityTimeout,
        Version = System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    private readonly ForwarderRequestConfig http2 = new()
    {
        ActivityTimeout = options.Value.ActivityTimeout,
        Version = System.Net.HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    public async Task ServeAsync(HttpContext context)
    {
        var session = context.Session().Egress();
        using var activity = ServiceTelemetry.Source.StartActivity($"egress-proxy {context.Request.Method}", ActivityKind.Server, context.Session().TraceParent);
        activity?.SetTag("secureagent.session", session.Id);
        var tunnel = context.Features.Get<InspectedTunnel>();
        var request = tunnel is null ? RequestGuard.Read(context) : TunnelGuard.Read(context, tunnel);
        tunnel?.Count();
        if (request.Upgrade is null)
        {
            context.Features.Set<IHttpUpgradeFeature>(null);
        }

        var (judgement, detail) = await DecideAsync(session, request);
        InjectedCredential? credential = null;
        try
        {
            var injection = await injector.PrepareAsync(context, session, judgement, request);
            (judgement, detail, credential) = (injection.Judgement, injection.Detail ?? detail, injection.Credential);
            record.Decided(session.Id, judgement, [.. Facts(request, judgement, credential)]);
            activity?.SetTag("secureagent.reason", judgement.Decision.Reason.Name());
            if (judgement.IsAllowed)
            {
                await ForwardAsync(context, session, judgement, request, credential);
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

    private async Task<(Judgement Judgement, string? Detail)> DecideAsync(EgressSession session, GuardedRequest request)
    {
        if (request.Refused is { } reason)
        {
            return (new Judgement(request.Ask, Decision.Deny(reason), CanonicalHost.TryParse(request.Ask.HostText), null, []), request.Detail);
        }

        var judgement = await judge.JudgeAsync(session, request.Ask);
        return judgement is { IsAllowed: true, Rule: { } rule }
            && InspectPolicy.Decide(rule, request.Ask.Method, request.Path, request.Upgrade) is { IsAllowed: false } refused
                ? (judgement.Refuse(refused.Reason), null)
                : (judgement, null);
    }

    private static IEnumerable<AuditFact> Facts(GuardedRequest request, Judgement judgement, InjectedCredential? credential)
    {
        if (credential is not null)
        {
            yield return AuditFact.Of("lease", credential.LeaseId);
        }

        if (judgement.Rule?.Inspect is not null)
        {
            yield return AuditFact.Of("path", request.Path.Length <= MaxShownPath ? request.Path : request.Path[..MaxShownPath]);
        }
    }

    private async Task ForwardAsync(HttpContext context, EgressSession session, Judgement judgement, GuardedRequest request, InjectedCredential? credential)
    {
        var config = request is { Scheme: "https", Upgrade: null } && HttpProtocol.IsHttp2(context.Request.Protocol) ? http2 : http1;
        var transformer = new ForwardTransformer(judgement, request, credential);
        using var flow = session.Flows.Track(() => session.Profile, judgement, context.Abort);
        if (flow.IsCut)
        {
            RecordCut(session, judgement);
            return;
        }

        var error = await forwarder.SendAsync(context, $"{request.Scheme}://{judgement.HostName}/", session.Upstream, config, transformer, context.RequestAborted);
        if (transformer.IsUnmaskable)
        {
            record.Event("egress.failed", session.Id, judgement, AuditFact.Of("reason", ReasonCode.Unsupported.Name()));
            await Refusal.Of(
                session.Profile, judgement.Refuse(ReasonCode.Unsupported),
                "The destination compressed its answer although it was asked not to; it may hold the operator's credential and is not handed on.").WriteAsync(context);
            return;
        }

        if (flow.IsCut)
        {
            RecordCut(session, judgement);
            return;
        }

        if (error == ForwarderError.None)
        {
            return;
        }

        var cause = context.Features.Get<IForwarderErrorFeature>()?.Exception;
        log.Unreachable(session.Id, judgement.Subject, cause?.Message ?? error.ToString());
        var failed = judgement.Refuse(IsTimeout(error, cause) ? ReasonCode.UpstreamTimeout : ReasonCode.UpstreamUnreachable);
        record.Event("egress.failed", session.Id, judgement, AuditFact.Of("reason", failed.Decision.Reason.Name()), AuditFact.Of("error", error.ToString()));
        if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Refusal.Of(session.Profile, failed).WriteAsync(context);
        }
    }

    private void RecordCut(EgressSession session, Judgement judgement) =>
        record.Event("egress.cut", session.Id, judgement, AuditFact.Of("why", "policy_changed"));

    private static bool IsTimeout(ForwarderError error, Exception? cause) =>
        error is ForwarderError.RequestTimedOut || cause is HttpRequestException { InnerException: DestinationUnreachableException { IsTimeout: true } };
}

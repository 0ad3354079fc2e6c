using Microsoft.Extensions.Options;
using SecureAgent.EgressProxy.Injection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Limits;
using SecureAgent.EgressProxy.Refusals;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using Yarp.ReverseProxy.Forwarder;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>An allowed and recorded request: sent to its destination, its answer handed back, and what went wrong said and put on record.</summary>
internal sealed class UpstreamExchange(EgressRecord record, IHttpForwarder forwarder, IOptions<EgressProxyOptions> options, ILogger<UpstreamExchange> log)
{
    private readonly ForwarderRequestConfig http1 = new()
    {
        ActivityTimeout = options.Value.ActivityTimeout,
        Version = System.Net.HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
    };

    /// <summary>Over TLS, whatever the client speaks: a session's requests to one origin share a connection, and no request can be smuggled behind another's.</summary>
    private readonly ForwarderRequestConfig http2 = new()
    {
        ActivityTimeout = options.Value.ActivityTimeout,
        Version = System.Net.HttpVersion.Version20,
        VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
    };

    public async Task ServeAsync(
        HttpContext context, EgressSession session, Judgement judgement, GuardedRequest request, RequestCredentials? credential, ExchangeLimits limits)
    {
        var transformer = new ForwardTransformer(judgement, request, credential, limits);
        using var flow = session.Flows.Track(judgement, context.Abort);
        if (flow.IsCut)
        {
            RecordCut(session, judgement, "policy_changed");
            return;
        }

        var config = request is { Scheme: "https", Upgrade: null } ? http2 : http1;
        var error = await forwarder.SendAsync(context, $"{request.Scheme}://{judgement.HostName}/", session.Upstream, config, transformer, limits.Token);
        var cause = error == ForwarderError.None ? null : context.Features.Get<IForwarderErrorFeature>()?.Exception;
        if (transformer.IsUnmaskable)
        {
            record.Event("egress.failed", session.Id, judgement, AuditFact.Of("reason", ReasonCode.Unsupported.Name()));
            await Refusal.Of(
                session.Profile, judgement.Refuse(ReasonCode.Unsupported),
                "The destination compressed its answer although it was asked not to; it may hold the operator's credential and is not handed on.").WriteAsync(context);
        }
        else if (flow.IsCut)
        {
            RecordCut(session, judgement, "policy_changed");
        }
        else if (limits.Reached is { } reached && (error != ForwarderError.None || transformer.IsTooLong))
        {
            RecordCut(session, judgement, reached.Name());
            await RefuseAsync(context, session, judgement.Refuse(reached));
        }
        else if (error != ForwarderError.None && session.Budget.IsOutOfBytes)
        {
            RecordCut(session, judgement, ReasonCode.BudgetExceeded.Name());
            await RefuseAsync(context, session, judgement.Refuse(ReasonCode.BudgetExceeded), "The session has used the bytes of its egressBudget.");
        }
        else if (error != ForwarderError.None)
        {
            log.Unreachable(session.Id, judgement.Subject, cause?.Message ?? error.ToString());
            var failed = judgement.Refuse(IsTimeout(error, cause) ? ReasonCode.UpstreamTimeout : ReasonCode.UpstreamUnreachable);
            record.Event("egress.failed", session.Id, judgement, AuditFact.Of("reason", failed.Decision.Reason.Name()), AuditFact.Of("error", error.ToString()));
            await RefuseAsync(context, session, failed);
        }
    }

    /// <summary>Where the answer has begun, the client sees it break off.</summary>
    private static async Task RefuseAsync(HttpContext context, EgressSession session, Judgement refused, string? detail = null)
    {
        if (!context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
        {
            await Refusal.Of(session.Profile, refused, detail).WriteAsync(context);
        }
    }

    private void RecordCut(EgressSession session, Judgement judgement, string why) =>
        record.Event("egress.cut", session.Id, judgement, AuditFact.Of("why", why));

    private static bool IsTimeout(ForwarderError error, Exception? cause) =>
        error is ForwarderError.RequestTimedOut || cause is HttpRequestException { InnerException: DestinationUnreachableException { IsTimeout: true } };
}

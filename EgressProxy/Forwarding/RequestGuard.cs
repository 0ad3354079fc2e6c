using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>A request that may be judged by destination, or why it may not. Pure on what Kestrel read.</summary>
/// <param name="Upgrade">Protocol it asks to switch to; null for none.</param>
internal readonly record struct GuardedRequest(EgressAsk Ask, string Scheme, string PathAndQuery, string? Upgrade, ReasonCode? Refused, string? Detail)
{
    public string Path => PathAndQuery.IndexOf('?', StringComparison.Ordinal) is var query and >= 0 ? PathAndQuery[..query] : PathAndQuery;
}

/// <summary>What is refused whatever the destination: forms a proxy does not serve, methods that echo, switches of protocol, ambiguous framing.</summary>
internal static class RequestGuard
{
    private const string Via = "http";

    public static GuardedRequest Read(HttpContext context, Profile profile)
    {
        var request = context.Request;
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (RouteGuard.Claims(rawTarget))
        {
            return RouteGuard.Read(context, profile);
        }

        if (AbsoluteTarget.TryParse(rawTarget) is not { } target)
        {
            return Refuse(request, HttpMethods.IsConnect(request.Method) ? rawTarget : request.Host.Value ?? "", 0, ReasonCode.RequestMalformed, HttpMethods.IsConnect(request.Method)
                ? "CONNECT must be the first request of a connection."
                : "This is a forward proxy: send the whole URL (http://host/path), CONNECT host:port, or /route/NAME/path where a rule has a route.");
        }

        var ask = new EgressAsk(Via, request.Method, target.Authority.Host, target.Authority.Port);
        var fault = target.Scheme == "http"
            ? Check(request, RequestUpgrade.Of(context))
            : (ReasonCode.SchemeNotAllowed, $"'{target.Scheme}' URLs are not forwarded; for https use CONNECT.");
        return new GuardedRequest(ask, target.Scheme, target.PathAndQuery, RequestUpgrade.Of(context), fault?.Reason, fault?.Detail);
    }

    /// <summary>What holds for every request, in a tunnel or not.</summary>
    public static (ReasonCode Reason, string? Detail)? Check(HttpRequest request, string? upgrade)
    {
        if (HttpMethods.IsTrace(request.Method) || (HttpMethods.IsConnect(request.Method) && upgrade is null))
        {
            return (ReasonCode.MethodNotAllowed, null);
        }

        if (upgrade is not (null or InspectPolicy.WebSocket))
        {
            return (ReasonCode.UpgradeNotAllowed, null);
        }

        // Kestrel serves a request with both framings and keeps the length it ignored under this name (RFC 9112 §6.1 calls it an attack).
        return request.Headers.ContainsKey(HeaderNames.TransferEncoding) && request.Headers.ContainsKey("X-Content-Length")
            ? (ReasonCode.RequestMalformed, "The request has both Transfer-Encoding and Content-Length.")
            : null;
    }

    private static GuardedRequest Refuse(HttpRequest request, string hostText, int port, ReasonCode reason, string detail) =>
        new(new EgressAsk(Via, request.Method, hostText, port), Via, "", null, reason, detail);
}

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>A request that may be judged by destination, or why it may not. Pure on what Kestrel read.</summary>
internal readonly record struct GuardedRequest(EgressAsk Ask, string PathAndQuery, ReasonCode? Refused, string? Detail);

/// <summary>What is refused whatever the destination: forms a proxy does not serve, methods that echo, switches of protocol, ambiguous framing.</summary>
internal static class RequestGuard
{
    private const string Via = "http";

    public static GuardedRequest Read(HttpContext context)
    {
        var request = context.Request;
        var rawTarget = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (AbsoluteTarget.TryParse(rawTarget) is not { } target)
        {
            return Refuse(request, HttpMethods.IsConnect(request.Method) ? rawTarget : request.Host.Value ?? "", 0, ReasonCode.RequestMalformed, HttpMethods.IsConnect(request.Method)
                ? "CONNECT must be the first request of a connection."
                : "This is a forward proxy: send the whole URL (http://host/path), or CONNECT host:port.");
        }

        var ask = new EgressAsk(Via, request.Method, target.Authority.Host, target.Authority.Port);
        return Check(request, target) is { } fault
            ? new GuardedRequest(ask, target.PathAndQuery, fault.Reason, fault.Detail)
            : new GuardedRequest(ask, target.PathAndQuery, null, null);
    }

    private static (ReasonCode Reason, string? Detail)? Check(HttpRequest request, AbsoluteTarget target)
    {
        if (target.Scheme != "http")
        {
            return (ReasonCode.SchemeNotAllowed, $"'{target.Scheme}' URLs are not forwarded; for https use CONNECT.");
        }

        if (HttpMethods.IsTrace(request.Method) || HttpMethods.IsConnect(request.Method))
        {
            return (ReasonCode.MethodNotAllowed, null);
        }

        if (request.Headers.ContainsKey(HeaderNames.Upgrade) || request.Headers.ContainsKey("HTTP2-Settings"))
        {
            return (ReasonCode.UpgradeNotAllowed, null);
        }

        // Kestrel serves a request with both framings and keeps the length it ignored under this name (RFC 9112 §6.1 calls it an attack).
        return request.Headers.ContainsKey(HeaderNames.TransferEncoding) && request.Headers.ContainsKey("X-Content-Length")
            ? (ReasonCode.RequestMalformed, "The request has both Transfer-Encoding and Content-Length.")
            : null;
    }

    private static GuardedRequest Refuse(HttpRequest request, string hostText, int port, ReasonCode reason, string detail) =>
        new(new EgressAsk(Via, request.Method, hostText, port), "", reason, detail);
}

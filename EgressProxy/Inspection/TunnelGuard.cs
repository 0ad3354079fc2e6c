using Microsoft.AspNetCore.Http.Features;
using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.Policy;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Inspection;

/// <summary>A request inside an inspected tunnel: in origin form, and for the tunnel's host and port only. Pure on what Kestrel read.</summary>
internal static class TunnelGuard
{
    public static GuardedRequest Read(HttpContext context, InspectedTunnel tunnel)
    {
        var request = context.Request;
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var upgrade = RequestUpgrade.Of(context);

        // A websocket over HTTP/2 asks with CONNECT; over HTTP/1.1, as it goes out, with GET.
        var method = upgrade is InspectPolicy.WebSocket ? HttpMethods.Get : request.Method;
        var fault = RequestGuard.Check(request, upgrade) ?? CheckTarget(target) ?? CheckHost(request.Host.Value ?? "", tunnel);
        return new GuardedRequest(tunnel.Ask(method), tunnel.Scheme, target, upgrade, fault?.Reason, fault?.Detail);
    }

    private static (ReasonCode Reason, string? Detail)? CheckTarget(string target) =>
        target.StartsWith('/') && AbsoluteTarget.IsPlain(target)
            ? null
            : (ReasonCode.RequestMalformed, "Inside a tunnel a request target is a path that begins with '/'.");

    private static (ReasonCode Reason, string? Detail)? CheckHost(string named, InspectedTunnel tunnel) =>
        tunnel.IsOwnHost(named) ? null : (ReasonCode.HostMismatch, null);
}

using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>The protocol a request asks to switch to, in HTTP/1.1 (RFC 9110 §7.8) and in HTTP/2 (RFC 8441).</summary>
internal static class RequestUpgrade
{
    /// <summary>Null for none. What is not a websocket in its one form is never called one.</summary>
    public static string? Of(HttpContext context)
    {
        var fields = context.Request.Headers;
        if (HttpProtocol.IsHttp2(context.Request.Protocol) && context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            return connect.Protocol is InspectPolicy.WebSocket ? InspectPolicy.WebSocket : "other";
        }

        if (fields.ContainsKey("HTTP2-Settings"))
        {
            return "h2c";
        }

        if (!fields.TryGetValue(HeaderNames.Upgrade, out var protocols))
        {
            return null;
        }

        return HttpMethods.IsGet(context.Request.Method) && protocols.Count == 1 && string.Equals(protocols[0], InspectPolicy.WebSocket, StringComparison.OrdinalIgnoreCase)
            ? InspectPolicy.WebSocket
            : "other";
    }
}

using Microsoft.AspNetCore.Http.Features;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Egress;

namespace SecureAgent.EgressProxy.Forwarding;

/// <summary>
/// A request to the proxy itself, for tools that know a base URL and no proxy: <c>/route/NAME/path</c> is https to the host of the rule with that name,
/// judged like any inspected request. Pure on what Kestrel read.
/// </summary>
internal static class RouteGuard
{
    private const string Via = "route";
    private const string Prefix = "/route/";
    private const int MaxShownName = 64;

    private static readonly string[] OwnNames = ["127.0.0.1", "localhost", "::1"];

    public static bool Claims(string rawTarget) => rawTarget.StartsWith(Prefix, StringComparison.Ordinal);

    public static GuardedRequest Read(HttpContext context, Profile profile)
    {
        var request = context.Request;
        var rest = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget[Prefix.Length..];
        var end = rest.AsSpan().IndexOfAny('/', '?');
        var name = end < 0 ? rest : rest[..end];
        var path = end < 0 ? "" : rest[end..];
        var upgrade = RequestUpgrade.Of(context);
        if (EgressPolicy.RouteOf(profile, name) is not { } rule)
        {
            var shown = name.Length <= MaxShownName ? name : name[..MaxShownName];
            return new GuardedRequest(
                new EgressAsk(Via, request.Method, Prefix + shown, 0), "https", "", upgrade, ReasonCode.NoRule, $"No egress rule has the route '{shown}'. The operator can add 'route: {shown}' to a rule.");
        }

        var fault = RequestGuard.Check(request, upgrade) ?? CheckTarget(path) ?? CheckHost(request.Host.Value ?? "");
        return new GuardedRequest(
            new EgressAsk(Via, request.Method, rule.Host, rule.Ports[0]), "https", path.StartsWith('/') ? path : $"/{path}", upgrade, fault?.Reason, fault?.Detail);
    }

    private static (ReasonCode Reason, string? Detail)? CheckTarget(string path) =>
        AbsoluteTarget.IsPlain(path) ? null : (ReasonCode.RequestMalformed, "The path has characters that no URL may have.");

    /// <summary>Another name that leads here is somebody's who wants a browser in the sandbox to ask for him.</summary>
    private static (ReasonCode Reason, string? Detail)? CheckHost(string named) =>
        Authority.TryParse(named, 80) is { } authority && CanonicalHost.TryParse(authority.Host) is { } host && OwnNames.Contains(host.Name, StringComparer.Ordinal)
            ? null
            : (ReasonCode.HostMismatch, "A route is asked for at 127.0.0.1 or localhost.");
}

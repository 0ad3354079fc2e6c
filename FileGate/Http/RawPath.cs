using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace SecureAgent.FileGate.Http;

/// <summary>
/// The workspace path of a request exactly as the client wrote it, percent-decoded once. The server's own idea of the path has dot segments
/// resolved and <c>%2F</c> kept; judging that would give HTTP other verdicts than gRPC for the same words.
/// </summary>
internal sealed record RawPath(string Value)
{
    private const string Version = "/v1/";

    /// <summary>Goes before routing: the endpoint is chosen by the first two segments as written, the rest is the workspace path.</summary>
    public static Task UseAsync(HttpContext context, RequestDelegate next)
    {
        var target = context.Features.Get<IHttpRequestFeature>()?.RawTarget ?? "";
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var raw = query < 0 ? target : target[..query];
        if (raw.StartsWith(Version, StringComparison.Ordinal))
        {
            var end = raw.IndexOf('/', Version.Length);
            context.Features.Set(new RawPath(end < 0 ? "" : Uri.UnescapeDataString(raw[(end + 1)..])));
            context.Request.Path = end < 0 ? raw : raw[..end];
        }

        return next(context);
    }

    public static string Of(HttpContext context) => context.Features.Get<RawPath>()?.Value ?? "";
}

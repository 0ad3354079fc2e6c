using Microsoft.Net.Http.Headers;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Console.Login;

/// <summary>
/// Pages of other origins have no say here, also those of other ports of this machine, which cookies do not tell apart. A name that was made to resolve to
/// 127.0.0.1 is no name of this page.
/// </summary>
internal static class SameOriginOnly
{
    private static readonly string[] Names = ["127.0.0.1", "localhost"];

    public static void UseSameOriginOnly(this WebApplication app) => app.Use(async (context, next) =>
    {
        // The control socket is no page's: the host asks there for health.
        if (context.Origin() != ConnectionOrigin.Control && RefusalOf(context.Request) is { } refusal)
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            await context.Response.WriteAsync(refusal);
            return;
        }

        await next(context);
    });

    /// <summary>Null when the request may go on. By the headers that a browser sets and a page cannot: Host, Origin (RFC 6454) and Fetch Metadata.</summary>
    internal static string? RefusalOf(HttpRequest request)
    {
        if (!Names.Contains(request.Host.Host, StringComparer.Ordinal))
        {
            return $"host: this page is at {string.Join(" and ", Names)} only";
        }

        var origin = request.Headers[HeaderNames.Origin].ToString();
        if (origin.Length > 0 && origin != $"{request.Scheme}://{request.Host}")
        {
            return "origin: another page may not use this one";
        }

        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var isLink = HttpMethods.IsGet(request.Method) && request.Headers["Sec-Fetch-Mode"] == "navigate" && request.Headers["Sec-Fetch-Dest"] == "document";
        return site is "" or "same-origin" or "none" || isLink ? null : "origin: another page may not use this one";
    }
}

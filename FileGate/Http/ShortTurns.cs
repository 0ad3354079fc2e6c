using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Http;

/// <summary>
/// Only the read of one file begins on the thread that polls the sockets, and it stays there only while everything it needs is in memory
/// (<see cref="Reading.FileReader"/>). Everything else goes to the thread pool first.
/// </summary>
internal static class ShortTurns
{
    private const string Files = "/v1/files/";

    public static void UseShortTurns(this IApplicationBuilder app) =>
        app.Use((context, next) => !PollingThread.IsCurrent || (IsShort(context) && PollingThread.HasTurn(context)) ? next(context) : LaterAsync(context, next));

    private static async Task LaterAsync(HttpContext context, RequestDelegate next)
    {
        await PollingThread.Leave();
        await next(context);
    }

    private static bool IsShort(HttpContext context) =>
        (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
        && context.Features.Get<IHttpRequestFeature>()?.RawTarget.StartsWith(Files, StringComparison.Ordinal) == true;
}

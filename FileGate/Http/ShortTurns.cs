using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecureAgent.FileGate.Mcp;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Http;

/// <summary>
/// Only the read of one file begins on the thread that polls the sockets, and it stays there only while everything it needs is in memory
/// (<see cref="Reading.FileReader"/>). Everything else goes to the thread pool first; of MCP, when it is seen to be anything else (<see cref="PlainReads"/>).
/// </summary>
internal static class ShortTurns
{
    private const string Files = "/v1/files/";
    private const string Mcp = "/mcp";

    public static void UseShortTurns(this IApplicationBuilder app) =>
        app.Use((context, next) => !PollingThread.IsCurrent || (IsShort(context) && PollingThread.HasTurn(context)) ? next(context) : LaterAsync(context, next));

    private static async Task LaterAsync(HttpContext context, RequestDelegate next)
    {
        await PollingThread.Leave();
        await next(context);
    }

    private static bool IsShort(HttpContext context) => context.Features.Get<IHttpRequestFeature>()?.RawTarget is { } target
        && (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? target.StartsWith(Files, StringComparison.Ordinal)
            : target == Mcp && HttpMethods.IsPost(context.Request.Method));
}

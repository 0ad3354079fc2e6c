using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.ServiceDefaults.Sessions;

internal static class SessionTracing
{
    /// <summary>Puts every request of a session under the session's trace. The agent's own traceparent header is ignored: it is not its to choose.</summary>
    public static void UseSessionTracing(this IApplicationBuilder app, string component) => app.Use(async (context, next) =>
    {
        if (context.Origin() != ConnectionOrigin.Session)
        {
            await next(context);
            return;
        }

        using var activity = ServiceTelemetry.Source.StartActivity(
            $"{component} {context.Request.Method}", ActivityKind.Server, context.Session().TraceParent);
        activity?.SetTag("secureagent.session", context.Session().Id);
        await next(context);
        activity?.SetTag("http.response.status_code", context.Response.StatusCode);
    });
}

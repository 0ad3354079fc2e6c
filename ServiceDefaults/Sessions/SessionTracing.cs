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

        var parent = context.Session().TraceParent;
        using var activity = ServiceTelemetry.Source.StartActivity($"{component} {context.Request.Method}", ActivityKind.Server, parent) ?? Unheard(component, parent);
        activity?.SetTag("secureagent.session", context.Session().Id);
        await next(context);
        activity?.SetTag("http.response.status_code", context.Response.StatusCode);
    });

    /// <summary>Nobody listens, but records and calls to other components still carry the session's trace.</summary>
    private static Activity? Unheard(string component, ActivityContext parent) =>
        parent.TraceId == default ? null : new Activity(component).SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).Start();
}

using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.ServiceDefaults.Sessions;

public static class SessionTracing
{
    /// <summary>Puts every request of a session under the session's trace. The agent's own traceparent header is ignored: it is not its to choose.</summary>
    /// <param name="callsOthers">Whether requests lead to calls of other components, which carry the trace also where nobody listens here.</param>
    internal static void UseSessionTracing(this IApplicationBuilder app, string component, bool callsOthers) => app.Use((context, next) =>
        context.Origin() == ConnectionOrigin.Session && (callsOthers || ServiceTelemetry.Source.HasListeners()) ? TracedAsync(context, next, component) : next(context));

    private static async Task TracedAsync(HttpContext context, RequestDelegate next, string component)
    {
        using var activity = context.Session().BeginActivity($"{component} {context.Request.Method}");
        activity?.SetTag("secureagent.session", context.Session().Id);
        await next(context);
        activity?.SetTag("http.response.status_code", context.Response.StatusCode);
    }

    /// <summary>Work on behalf of a session, under its trace. Where nobody listens, records and calls to other components still carry it.</summary>
    public static Activity? BeginActivity(this SessionContext session, string name, ActivityKind kind = ActivityKind.Server)
    {
        ArgumentNullException.ThrowIfNull(session);
        var parent = session.TraceParent;
        return ServiceTelemetry.Source.StartActivity(name, kind, parent)
            ?? (parent.TraceId == default ? null : new Activity(name).SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).Start());
    }
}

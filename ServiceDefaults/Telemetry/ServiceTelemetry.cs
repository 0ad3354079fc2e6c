using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Telemetry;

/// <summary>Traces, metrics and logs of every component. Exported over OTLP only when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set.</summary>
public static class ServiceTelemetry
{
    public const string Name = "SecureAgent";

    /// <summary>The one activity source of all components; the component is the resource's <c>service.name</c>.</summary>
    public static ActivitySource Source { get; } = new(Name);

    /// <summary>The one meter; instruments are named <c>secureagent.PLANE.WHAT</c> with UCUM units.</summary>
    public static Meter Meter { get; } = new(Name);

    internal static void AddTelemetry(this WebApplicationBuilder builder, string component)
    {
        if (string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Nobody to tell: instruments without a listener cost nothing, and the framework carries the trace on by itself.
            return;
        }

        builder.Logging.AddOpenTelemetry(logging => logging.IncludeFormattedMessage = true);
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(component, serviceNamespace: "secure-agent"))
            .WithTracing(tracing => tracing
                .AddSource(Name)
                .AddAspNetCoreInstrumentation(options => options.Filter = context =>
                    context.Origin() != ConnectionOrigin.Session && !context.Request.Path.StartsWithSegments("/health"))
                .AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics.AddMeter(Name).AddAspNetCoreInstrumentation())
            .UseOtlpExporter();
    }
}

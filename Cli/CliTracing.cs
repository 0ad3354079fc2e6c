using System.Diagnostics;
using OpenTelemetry;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.Cli;

/// <summary>The root of a session's trace. Exported when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set; carried to the server always.</summary>
internal sealed class CliTracing : IDisposable
{
    private readonly TracerProvider? provider;
    private readonly Activity activity;

    private CliTracing(TracerProvider? provider, Activity activity) => (this.provider, this.activity) = (provider, activity);

    public static CliTracing Start(string name)
    {
        TracerProvider? provider = null;
        if (Environment.GetEnvironmentVariables()["OTEL_EXPORTER_OTLP_ENDPOINT"] is string { Length: > 0 })
        {
            provider = Sdk.CreateTracerProviderBuilder()
                .ConfigureResource(resource => resource.AddService("secure-agent", serviceNamespace: "secure-agent"))
                .AddSource(ServiceTelemetry.Name)
                .AddOtlpExporter()
                .Build();
        }

        // Without an exporter nobody listens to the source; the trace id must exist all the same.
        var activity = ServiceTelemetry.Source.StartActivity(name, ActivityKind.Client)
            ?? new Activity(name) { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        return new CliTracing(provider, activity);
    }

    public void Dispose()
    {
        activity.Dispose();
        provider?.Dispose();
    }
}

using Microsoft.Extensions.Options;
using SecureAgent.Contracts;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Chat;
using SecureAgent.InferenceGateway.Offline;
using SecureAgent.InferenceGateway.Upstream;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Secrets;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway;

internal static class InferenceGatewayHosting
{
    /// <param name="configure">Replaces services, for tests.</param>
    public static WebApplication Create(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = ServiceApp.CreateBuilder(ComponentNames.InferenceGateway, args);
        builder.AddInferenceGateway();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapChat();
        return app;
    }

    private static void AddInferenceGateway(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptionsWithValidateOnStart<InferenceGatewayOptions, InferenceGatewayOptionsValidator>()
            .BindConfiguration(InferenceGatewayOptions.Section)
            .Configure<IConfiguration>((options, configuration) =>
            {
                options.Upstream = configuration[InferenceGatewayOptions.UpstreamKey] ?? options.Upstream;
                options.Secret = configuration[InferenceGatewayOptions.SecretKey] ?? options.Secret;
            });
        services.AddSingleton<InferenceAudit>().AddSingleton<InferenceGatewayTelemetry>().AddSingleton<ChatEndpoint>().AddSingleton<CountEndpoint>().AddSingleton<ModelsEndpoint>();
        services.AddSingleton(Backend).AddHostedService<BackendCheck>();
        builder.AddSecretLeases();
        builder.AddSessions<InferenceSessions>(sockets => sockets.Http2 = false);
        builder.WebHost.ConfigureKestrel((context, kestrel) =>
        {
            kestrel.Limits.MaxRequestBodySize = context.Configuration.GetSection(InferenceGatewayOptions.Section).Get<InferenceGatewayOptions>()?.MaxRequestBytes
                ?? new InferenceGatewayOptions().MaxRequestBytes;
        });
    }

    /// <summary>The one switch: an upstream is named, or the built-in model answers.</summary>
    private static IModelBackend Backend(IServiceProvider services)
    {
        var time = services.GetRequiredService<TimeProvider>();
        return UpstreamSettings.From(services.GetRequiredService<IOptions<InferenceGatewayOptions>>().Value) is { } settings
            ? new OpenAiBackend(new UpstreamClient(settings, services.GetRequiredService<SecretLeases>(), time), settings, time)
            : new OfflineBackend(time);
    }
}

using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Doors;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.ServiceDefaults.Native;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>What every component has in common: doors, identity, audit, health, telemetry, shutdown.</summary>
public static class ServiceApp
{
    /// <summary>A list of none. For an empty text the host looks elsewhere.</summary>
    private const string NoUrls = ";";

    /// <summary>
    /// A builder with the control socket, the loopback service endpoint (<c>ASPNETCORE_URLS</c>, default none; HTTP/1.1 and
    /// HTTP/2 with prior knowledge on the same port) and the audit log.
    /// </summary>
    public static WebApplicationBuilder CreateBuilder(string component, string[] args)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        if (OperatingSystem.IsLinux() || OperatingSystem.IsMacOS())
        {
            _ = Libc.SetUmask(0b000_111_111);
            Libc.DisableCoreDumps();
        }

        ParentProcess.DieWith(builder.Configuration);
        var context = ComponentContext.From(component, builder.Configuration);
        builder.Services.AddSingleton(context);
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(services => AuditLog.Open(
            context.AuditRoot, new AuditOrigin(component, context.Boot), services.GetRequiredService<TimeProvider>()));
        builder.Services.AddGrpc();
        builder.Services.AddHealthChecks().AddCheck<AuditHealthCheck>("audit");
        AddTokenValidator(builder, component);
        builder.AddTelemetry(component);
        builder.Logging.AddSimpleConsole(console => console.SingleLine = true);
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddLimits();
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning).AddFilter("ModelContextProtocol", LogLevel.Warning).AddFilter("System", LogLevel.Warning);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(1));
        builder.Services.AddSingleton<IConnectionListenerFactory, ServiceListeners>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenControl(context.ControlSocket);
            var urls = (builder.Configuration["ASPNETCORE_URLS"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries);
            foreach (var url in urls)
            {
                ServiceListeners.Listen(kestrel, BindingAddress.Parse(url).Port);
            }

            if (urls.Length > 0)
            {
                ServiceListeners.ListenHttp2(kestrel);
            }

            if (builder.Configuration[HostEnvironment.HealthAddress] is { Length: > 0 } health)
            {
                HealthPort.Listen(kestrel, health);
            }
        });
        return builder;
    }

    /// <summary>Sessions for this component: OpenSession and CloseSession on the control socket and, unless it has none, a socket a session.</summary>
    public static void AddSessions<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TGate>(this WebApplicationBuilder builder, Action<SessionSocketOptions>? configure = null, bool sockets = true)
        where TGate : class, ISessionGate
    {
        builder.Services.AddSingleton<SessionRegistry>();
        builder.Services.AddSingleton<TGate>();
        builder.Services.AddSingleton<ISessionGate>(services => services.GetRequiredService<TGate>());
        builder.Services.AddSingleton<SessionQuestions>();
        builder.Services.AddSingleton(services => new SessionAlarms(
            services.GetRequiredService<SessionRegistry>(), services.GetRequiredService<AuditLog>(), services.GetRequiredService<ISessionGate>));
        if (!sockets)
        {
            return;
        }

        var options = new SessionSocketOptions();
        configure?.Invoke(options);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<SessionListeners>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => services.GetRequiredService<SessionListeners>());
        if (SessionDoorOptions.From(builder.Configuration) is { } door)
        {
            builder.Services.AddSingleton(door).AddSingleton<SessionDoor>().AddHostedService(services => services.GetRequiredService<SessionDoor>());
        }

        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(SessionEndPoint.Http1, listen =>
            {
                listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http1;
            });
            if (options.Http2)
            {
                kestrel.Listen(SessionEndPoint.Http2, listen => listen.Protocols = Microsoft.AspNetCore.Server.Kestrel.Core.HttpProtocols.Http2);
            }
        });
    }

    /// <summary>The session of this pod, for a gate that runs beside an agent; nothing where the configuration names none.</summary>
    public static void AddPodSession(this WebApplicationBuilder builder)
    {
        if (PodSessionOptions.From(builder.Configuration) is { } session)
        {
            builder.Services.AddSingleton(session).AddSingleton<PodSession>().AddHostedService(services => services.GetRequiredService<PodSession>());
            builder.Services.AddHealthChecks().AddCheck<PodSession>("session");
        }
    }

    /// <summary>Routing, the origin guard, caller identity, tracing, health and session control. Call before mapping the component's own endpoints.</summary>
    /// <param name="callsOthers">False where requests of sessions lead to no call of another component.</param>
    public static void MapServiceDefaults(this WebApplication app, bool callsOthers = true)
    {
        // CreateBuilder lists the endpoints. The host reads ASPNETCORE_URLS, too, as a list of its own, which Kestrel would override with a warning.
        app.Configuration[WebHostDefaults.ServerUrlsKey] = NoUrls;
        app.UseRouting();
        app.UseOriginGuard();
        app.UseCallerIdentity();
        app.UseSessionTracing(app.Services.GetRequiredService<ComponentContext>().Name, callsOthers);
        app.MapHealthChecks("/health").ServeOn(ConnectionOrigin.Control, ConnectionOrigin.Service, ConnectionOrigin.Health);
        // Asked, not made: nothing of the component's own opens before the audit log does.
        if (app.Services.GetRequiredService<IServiceProviderIsService>().IsService(typeof(ISessionGate)))
        {
            app.MapGrpcService<GateControlService>().ServeOn(ConnectionOrigin.Control);
        }
    }

    /// <summary>Creates a component and runs it until stopped. Exit code 2 with one line on stderr when it cannot start as told.</summary>
    public static async Task<int> RunAsync(string component, Func<string[], WebApplication> create, string[] args)
    {
        try
        {
            await using var app = create(args);

            // The log is opened before anything is served: no log, no service.
            app.Services.GetRequiredService<AuditLog>();
            await app.RunAsync();
            return 0;
        }
        catch (Exception error) when (IsRefusal(error))
        {
            await Console.Error.WriteLineAsync($"{component}: {StartupFailure.Describe(error)}");
            return StartupException.ExitCode;
        }
    }

    /// <summary>What the operator can mend; everything else is a bug and keeps its stack trace.</summary>
    private static bool IsRefusal(Exception error) => error is StartupException or AuditUnavailableException or IOException or OptionsValidationException;

    /// <summary>Tokens of this host's boot; in a cluster, where there is a service door, those of its accounts.</summary>
    private static void AddTokenValidator(WebApplicationBuilder builder, string component)
    {
        if (ServiceDoorOptions.From(builder.Configuration) is { } door)
        {
            builder.Services.AddSingleton<ICallerTokens>(services => new ClusterCallers(
                new ClusterTokens(door.KeysFile, door.Issuer, component, services.GetRequiredService<TimeProvider>()), door.Namespace));
            builder.WebHost.ConfigureKestrel(kestrel => ServiceDoor.Listen(kestrel, door));
        }
        else if (builder.Configuration[HostEnvironment.TokenKeyFile] is { Length: > 0 } keyFile)
        {
            builder.Services.AddSingleton<ICallerTokens>(services => new ServiceTokenValidator(
                File.ReadAllText(keyFile), component, services.GetRequiredService<TimeProvider>()));
        }
    }
}

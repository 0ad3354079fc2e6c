using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using SecureAgent.Contracts;
using SecureAgent.EgressProxy.Asking;
using SecureAgent.EgressProxy.Forwarding;
using SecureAgent.EgressProxy.Injection;
using SecureAgent.EgressProxy.Inspection;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.EgressProxy.Sessions;
using SecureAgent.EgressProxy.Tls;
using SecureAgent.EgressProxy.Tunnels;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Secrets;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.EgressProxy;

internal static class EgressProxyHosting
{
    /// <param name="configure">Replaces services, for tests.</param>
    public static WebApplication Create(string[] args, Action<IServiceCollection>? configure = null)
    {
        var builder = ServiceApp.CreateBuilder(ComponentNames.EgressProxy, args);
        builder.AddEgressProxy();
        configure?.Invoke(builder.Services);
        var app = builder.Build();
        app.Services.GetRequiredService<WayOut>();
        app.MapEgressProxy();
        app.MapServiceDefaults();
        return app;
    }

    public static void AddEgressProxy(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<EgressProxyOptions, EgressProxyOptionsValidator>().BindConfiguration(EgressProxyOptions.Section);
        var limit = builder.Configuration.GetSection(EgressProxyOptions.Section).Get<EgressProxyOptions>()?.MaxConnectionsPerSession;
        builder.AddSessions<EgressSessions>(sockets =>
        {
            sockets.Http2 = false;
            sockets.MaxConnectionsPerSession = limit ?? sockets.MaxConnectionsPerSession;
        });
        builder.AddSecretLeases();
        builder.Services.AddHttpForwarder();

        // Its activity would be the agent's to name and costs every request; a session's trace is set here, and Kestrel logs what a handler throws.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddSingleton<INameResolver, SystemResolver>();
        builder.Services.AddSingleton<HostAddresses>();
        builder.Services.AddSingleton<DecoyAlarm>();
        builder.Services.AddSingleton<EgressJudge>();
        builder.Services.AddSingleton<HostQuestions>();
        builder.Services.AddSingleton<EgressRecord>();
        builder.Services.AddSingleton<HelloGate>();
        builder.Services.AddSingleton<Injector>();
        builder.Services.AddSingleton<UpstreamExchange>();
        builder.Services.AddSingleton<ForwardProxy>();
        builder.Services.AddSingleton<UpstreamRoots>();
        builder.Services.AddSingleton<InspectedListener>();
        builder.Services.AddSingleton<IConnectionListenerFactory>(services => services.GetRequiredService<InspectedListener>());
        builder.Services.AddSingleton<InspectedTunnels>();
        builder.Services.AddSingleton<TunnelOpener>();
        builder.Services.AddSingleton<WayOut>();
        builder.Services.AddSingleton<HttpConnect>();
        builder.Services.AddSingleton<SocksConnect>();
        builder.Services.AddSingleton<IRawConnections, RawTunnels>();
        builder.Services.AddHostedService<MalformedRequests>();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Bodies are streamed, never held; their size and pace are the destination's business.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Limits.MaxRequestLineSize = 16 << 10;
            kestrel.Limits.MaxRequestHeadersTotalSize = 64 << 10;
            kestrel.Listen(InspectedListener.Plain, listen => listen.Protocols = HttpProtocols.Http1);
            kestrel.Listen(InspectedListener.Secure, listen =>
            {
                listen.Protocols = HttpProtocols.Http1AndHttp2;
                listen.UseHttps(InspectedTls.Options(listen.ApplicationServices.GetRequiredService<IOptions<EgressProxyOptions>>().Value.HeadTimeout));
            });
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
        });
    }

    /// <summary>Everything on a session's socket is a request to somewhere else, whatever its path: it never meets this process's own routes.</summary>
    public static void MapEgressProxy(this WebApplication app)
    {
        // Asked for with the first request: nothing of the component's own opens before the audit log does.
        var proxy = new Lazy<ForwardProxy>(app.Services.GetRequiredService<ForwardProxy>);
        app.MapWhen(context => context.Origin() == ConnectionOrigin.Session, session => session.Run(context => proxy.Value.ServeAsync(context)));
    }
}

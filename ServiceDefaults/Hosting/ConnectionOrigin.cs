using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>Which door a connection came through. Zero is no door: nothing is served.</summary>
public enum ConnectionOrigin
{
    None = 0,

    /// <summary>The component's control socket: the server's own user only.</summary>
    Control,

    /// <summary>The loopback service endpoint: other components, with a service token.</summary>
    Service,

    /// <summary>A session's own socket: the untrusted agent.</summary>
    Session,

    /// <summary>A pod's port for its node's probes: anyone who reaches it, and nothing but health.</summary>
    Health,
}

internal sealed record ConnectionOriginFeature(ConnectionOrigin Origin);

internal sealed record ServedOn(ConnectionOrigin Origin);

/// <summary>
/// Doors are closed unless an endpoint says otherwise: an endpoint answers only on origins it names with
/// <see cref="ServeOn{TBuilder}"/>. A missing line is a 404, never an exposed operator call.
/// </summary>
public static class ConnectionOriginExtensions
{
    public static TBuilder ServeOn<TBuilder>(this TBuilder builder, params ConnectionOrigin[] origins)
        where TBuilder : IEndpointConventionBuilder
    {
        foreach (var origin in origins)
        {
            builder.WithMetadata(new ServedOn(origin));
        }

        return builder;
    }

    public static ConnectionOrigin Origin(this HttpContext context) =>
        context.Features.Get<ConnectionOriginFeature>()?.Origin ?? ConnectionOrigin.None;

    internal static void SetOrigin(this ConnectionContext connection, ConnectionOrigin origin) =>
        connection.Features.Set(new ConnectionOriginFeature(origin));

    internal static void TagOrigin(this ListenOptions listen, ConnectionOrigin origin) =>
        listen.Use(next => connection =>
        {
            connection.SetOrigin(origin);
            return next(connection);
        });

    /// <summary>Answers 404 for every endpoint that is not served on the connection's origin. Goes right after routing.</summary>
    internal static void UseOriginGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        var origin = context.Origin();
        var served = context.GetEndpoint()?.Metadata.GetOrderedMetadata<ServedOn>() ?? [];
        if (origin != ConnectionOrigin.None && served.Any(on => on.Origin == origin))
        {
            await next(context);
            return;
        }

        context.Response.StatusCode = StatusCodes.Status404NotFound;
    });
}

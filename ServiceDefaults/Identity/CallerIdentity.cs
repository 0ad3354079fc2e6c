using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Identity;

internal sealed record CallerFeature(string Name);

public static class CallerIdentity
{
    /// <summary>The component that proved itself on the service endpoint; null when nobody did.</summary>
    public static string? Caller(this HttpContext context) => context.Features.Get<CallerFeature>()?.Name;

    /// <summary>Reads the bearer token of service calls and names the caller. Authorisation stays with the endpoint: no token is no caller, not an error.</summary>
    internal static void UseCallerIdentity(this IApplicationBuilder app)
    {
        var validator = app.ApplicationServices.GetService<ICallerTokens>();
        app.Use(async (context, next) =>
        {
            if (validator is not null && context.Origin() == ConnectionOrigin.Service
                && context.Request.Headers.Authorization.ToString() is { } header
                && header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase)
                && await validator.ValidateAsync(header["Bearer ".Length..]) is { } caller)
            {
                context.Features.Set(new CallerFeature(caller));
            }

            await next(context);
        });
    }
}

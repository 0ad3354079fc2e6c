using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using Microsoft.AspNetCore.Http.HttpResults;
using SecureAgent.Console.Components;
using SecureAgent.Console.Runner;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Console.Login;

/// <summary>
/// A browser is logged in by a one-time token, which the runner redeems. What it gets is a cookie that holds the key of the operator's session, encrypted under
/// keys of this process alone; whether the session still stands is the runner's to say, at every call.
/// </summary>
internal static class OperatorLogin
{
    private const string Scheme = CookieAuthenticationDefaults.AuthenticationScheme;
    private const string KeyClaim = "key";

    public static string KeyOf(ClaimsPrincipal user) => user.FindFirstValue(KeyClaim) ?? "";

    public static void AddOperatorLogin(this IServiceCollection services)
    {
        services.Configure<KeyManagementOptions>(keys => (keys.XmlRepository, keys.XmlEncryptor) = (new ProcessKeys(), new NullXmlEncryptor()));
        services.AddAuthorization();
        services.AddCascadingAuthenticationState();
        services.AddAuthentication(Scheme).AddCookie(cookie =>
        {
            cookie.LoginPath = "/login";
            cookie.ReturnUrlParameter = "from";
            cookie.SlidingExpiration = false;
            cookie.CookieManager = new PortCookies();
            cookie.Cookie.HttpOnly = true;
            cookie.Cookie.SameSite = SameSiteMode.Strict;
            cookie.Events.OnValidatePrincipal = ValidateAsync;
        });
    }

    public static void MapLogin(this WebApplication app)
    {
        app.MapGet("/login", LogInAsync).AllowAnonymous().ServeOn(ConnectionOrigin.Service);
        app.MapPost("/logout", LogOutAsync).RequireAuthorization().ServeOn(ConnectionOrigin.Service);
    }

    private static async Task<RazorComponentResult> LogInAsync(HttpContext context, RunnerChannel runner, string? token)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (token is not { Length: > 0 })
        {
            return new RazorComponentResult<LoginPage>();
        }

        try
        {
            var session = await runner.Logins.RedeemAsync(new RedeemRequest { Token = token }, cancellationToken: context.RequestAborted);
            var identity = new ClaimsIdentity([new Claim(ClaimTypes.Name, session.OperatorId), new Claim(KeyClaim, session.Key)], Scheme);
            await context.SignInAsync(Scheme, new ClaimsPrincipal(identity), new AuthenticationProperties { ExpiresUtc = DateTimeOffset.FromUnixTimeMilliseconds(session.ExpiresUnixMs) });

            // Not a redirect: after one, a browser that came by another page's link holds the cookie back.
            return new RazorComponentResult<LoginPage>(new { Done = true });
        }
        catch (RpcException error)
        {
            context.Response.StatusCode = error.StatusCode == StatusCode.Unauthenticated ? StatusCodes.Status403Forbidden : StatusCodes.Status503ServiceUnavailable;
            return new RazorComponentResult<LoginPage>(new { Problem = Problems.Describe(error) });
        }
    }

    /// <summary>The cookie goes whatever the runner says; what it could not be told is said.</summary>
    private static async Task<RazorComponentResult> LogOutAsync(HttpContext context, RunnerChannel runner)
    {
        await context.SignOutAsync(Scheme);
        try
        {
            await runner.Logins.EndAsync(new EndRequest(), RunnerChannel.As(KeyOf(context.User)), cancellationToken: context.RequestAborted);
        }
        catch (RpcException error) when (error.StatusCode != StatusCode.Unauthenticated)
        {
            return new RazorComponentResult<LoginPage>(new
            {
                LoggedOut = true,
                Problem = $"This browser holds no key any more, but the login's end could not be told to the runner ({Problems.Describe(error)}): it ends by itself within 12 hours, and when the runner restarts.",
            });
        }

        return new RazorComponentResult<LoginPage>(new { LoggedOut = true });
    }

    /// <summary>A page asks nothing of a session that has ended; one whose runner is away keeps its cookie and says so.</summary>
    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var runner = context.HttpContext.RequestServices.GetRequiredService<RunnerChannel>();
        try
        {
            await runner.Runner.ListSessionsAsync(new ListSessionsRequest(), RunnerChannel.As(KeyOf(context.Principal!)), cancellationToken: context.HttpContext.RequestAborted);
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unauthenticated)
        {
            context.RejectPrincipal();
            await context.HttpContext.SignOutAsync(Scheme);
        }
        catch (RpcException)
        {
            // The page is shown with the runner's absence on it: every call of it is judged again.
        }
    }
}

using Microsoft.FluentUI.AspNetCore.Components;
using SecureAgent.Console.Components;
using SecureAgent.Console.Login;
using SecureAgent.Console.Runner;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Console;

internal static class ConsoleHosting
{
    public static WebApplication Create(string[] args)
    {
        var builder = ServiceApp.CreateBuilder(ComponentNames.Console, args);
        builder.AddConsole();
        var app = builder.Build();
        app.MapConsole();
        return app;
    }

    private static void AddConsole(this WebApplicationBuilder builder)
    {
        builder.WebHost.UseStaticWebAssets();
        builder.Services.AddRazorComponents().AddInteractiveServerComponents();
        builder.Services.AddFluentUIComponents();
        builder.Services.AddOperatorLogin();
        builder.Services.AddSingleton<RunnerChannel>().AddScoped<OperatorRunner>().AddScoped<ApprovalFeed>();
    }

    private static void MapConsole(this WebApplication app)
    {
        // Asked for now, so that a start that lacks its address is refused.
        app.Services.GetRequiredService<RunnerChannel>();
        app.UseSecurityHeaders();
        app.UseSameOriginOnly();
        app.MapServiceDefaults();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.MapStaticAssets().ServeOn(ConnectionOrigin.Service);
        app.MapLogin();
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode().RequireAuthorization().ServeOn(ConnectionOrigin.Service);
    }
}

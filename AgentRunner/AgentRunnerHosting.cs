using SecureAgent.AgentRunner.Api;
using SecureAgent.AgentRunner.Approvals;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Operators;
using SecureAgent.AgentRunner.Reports;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AgentRunner;

internal static class AgentRunnerHosting
{
    public static WebApplication Create(string[] args)
    {
        var builder = ServiceApp.CreateBuilder(ComponentNames.AgentRunner, args);
        builder.AddAgentRunner();
        var app = builder.Build();
        app.MapAgentRunner();
        return app;
    }

    private static void AddAgentRunner(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<Microsoft.Extensions.Options.IValidateOptions<AgentRunnerOptions>, AgentRunnerOptionsValidator>();
        builder.Services.AddOptions<AgentRunnerOptions>().Configure<IConfiguration>(AgentRunnerOptions.Bind).ValidateOnStart();
        builder.Services.AddSingleton<AgentRunnerTelemetry>().AddSingleton<GateSet>().AddSingleton<SessionReporter>();
        builder.Services.AddSingleton<ServerPolicy>().AddSingleton<SessionRequestValidator>().AddSingleton<SessionStarter>().AddSingleton<SessionManager>().AddSingleton<PolicyChanger>();
        builder.Services.AddSingleton<ApprovalQueue>().AddSingleton<ApprovalCalls>().AddSingleton<AuditCalls>().AddSingleton<OperatorLogins>();
        builder.Services.AddSingleton<SandboxService>().AddSingleton<SandboxPool>();
        builder.Services.AddHostedService<SessionLifetime>().AddHostedService<GateWatch>().AddHostedService<PolicyFileWatch>();
        builder.Services.AddHostedService(services => services.GetRequiredService<SandboxService>());
        var runDirectory = ComponentContext.From(ComponentNames.AgentRunner, builder.Configuration).RunDirectory;
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenControl(RunLayout.RunnerSocket(runDirectory)));
    }

    private static void MapAgentRunner(this WebApplication app)
    {
        app.MapServiceDefaults();
        app.UseOperatorGuard();
        app.MapGrpcService<AgentRunnerService>().ForOperators().ServeOn(ConnectionOrigin.Control, ConnectionOrigin.Service);
        app.MapGrpcService<LoginMintService>().ServeOn(ConnectionOrigin.Control);
        app.MapGrpcService<LoginsService>().ServeOn(ConnectionOrigin.Service);
    }
}

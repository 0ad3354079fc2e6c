using Grpc.AspNetCore.Server;
using ModelContextProtocol.Server;
using SecureAgent.Contracts;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Archive;
using SecureAgent.FileGate.Asking;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Copies;
using SecureAgent.FileGate.Editing;
using SecureAgent.FileGate.Grpc;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Http;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Mcp;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Search;
using SecureAgent.FileGate.Sessions;
using SecureAgent.FileGate.Watching;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.FileGate;

internal static class FileGateHosting
{
    /// <summary>Only what carries the content of a file may be larger (<see cref="LargeBodies"/>); answers are bounded by chunk, page and stream counts.</summary>
    private const int MaxRequestBytes = 64 * 1024;

    public static WebApplication Create(string[] args) => Create(args, HandleOpener.OfSystem);

    /// <param name="opener">How paths are opened below the roots of sessions; no setting, as every other than the system's is for tests.</param>
    internal static WebApplication Create(string[] args, IHandleOpener opener)
    {
        var builder = ServiceApp.CreateBuilder(ComponentNames.FileGate, args);
        // The server's own activity of a request would follow the agent's headers; a session's trace is its own.
        builder.Logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);
        builder.Services.AddSingleton(opener);
        builder.AddFileGate();
        var app = builder.Build();
        app.MapFileGate();
        return app;
    }

    private static void AddFileGate(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<FileGateOptions, FileGateOptionsValidator>().BindConfiguration(FileGateOptions.Section);
        builder.Services.AddHostedService<KernelCheck>();
        builder.Services.AddSingleton<FileGateTelemetry>().AddSingleton<DecisionRecorder>().AddSingleton<Tripwire>().AddSingleton<EntryLister>().AddSingleton<FileReader>().AddSingleton<ReadPreparer>().AddSingleton<ReadDelivery>().AddSingleton<ContentTags>()
            .AddSingleton<FileSearcher>().AddSingleton<FileArchiver>().AddSingleton<TreeWatcher>()
            .AddSingleton<ChangeStore>().AddSingleton<FileChanger>().AddSingleton<AskedChanger>().AddSingleton<FileEditor>().AddSingleton<ChangeApplier>().AddSingleton<WaitingChanges>().AddSingleton(new ApplySteps());
        builder.Services.AddHostedService<ApplyRecovery>();
        builder.Services.AddSingleton<CopyStore>().AddSingleton<CopyMaker>().AddSingleton<CopyWatch>().AddSingleton<CopyCollector>();
        builder.Services.AddHttpContextAccessor();
        builder.Services.AddMcpServer(mcp => mcp.ServerInfo = new() { Name = ComponentNames.FileGate, Version = "1" })
            .WithHttpTransport(transport => transport.Stateless = true)
            .WithRequestFilters(filters => filters.AddCallToolFilter(WrongCalls.Answer))
            .WithTools<ReadTools>()
            .WithTools<DirectoryTools>()
            .WithTools<ChangeTools>();
        builder.Services.PostConfigure<McpServerOptions>(mcp => McpAnswers.Describe(mcp.ToolCollection!));
        builder.Services.Configure<GrpcServiceOptions<FileGateService>>(service => service.MaxReceiveMessageSize = LargeBodies.MaxBytes);
        builder.AddSessions<FileSessionGate>(sockets => (sockets.MaxConnectionsPerSession, sockets.HandleWhilePolling) = (256, true));
        builder.AddPodSession();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = MaxRequestBytes;
            kestrel.Limits.Http2.MaxStreamsPerConnection = 64;
        });
    }

    private static void MapFileGate(this WebApplication app)
    {
        app.UseWrongRequests();
        app.UseShortTurns();
        app.Use((context, next) => context.Origin() == ConnectionOrigin.Session ? RawPath.UseAsync(context, next) : next(context));
        app.MapServiceDefaults(callsOthers: false);
        app.UsePlainReads();
        app.UseLargeBodies();
        app.MapGrpcService<FileGateService>().ServeOn(ConnectionOrigin.Session).WithLargeBodies("Write", "Propose");
        app.MapGrpcService<ChangeAdminService>().ServeOn(ConnectionOrigin.Control);
        app.MapGrpcService<CopyService>().ServeOn(ConnectionOrigin.Control);
        app.MapFiles();
        app.MapChanges();
        app.MapSearch();
        app.MapArchive();
        app.MapMcp("/mcp").ServeOn(ConnectionOrigin.Session).WithLargeBodies().WithPlainReads();
    }
}

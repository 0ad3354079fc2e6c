using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SecureAgent.Hosting.Server;

namespace SecureAgent.Hosting.Aspire;

/// <summary>
/// What the standalone host does around its processes, for those that Aspire runs: the directories, the service tokens and their renewal, the policy with the
/// changes made in code, and <c>server.json</c>, by which the CLI finds the server.
/// </summary>
internal sealed class ServerLifetime(SecureAgentResource server, IHostApplicationLifetime application, TimeProvider time) : IDisposable
{
    private HostDirectories? directories;
    private TokenFiles? tokens;
    private ServerFile? file;

    /// <summary>Before anything starts; throws what stops the start.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        directories = HostDirectories.Take(server.Layout.DataDirectory);
        if (!server.Draft.IsEmpty)
        {
            await File.WriteAllTextAsync(server.PolicyFile, server.Draft.Apply(await File.ReadAllTextAsync(server.SourcePolicy, cancellationToken), server.SourcePolicy), cancellationToken);
        }

        HostEnvironmentBuilder.Validate(server.Options with { PolicyFile = server.PolicyFile });
        tokens = new TokenFiles(server.Graph, server.Layout, time);
        tokens.WriteAll();
        _ = RenewAsync(tokens);
        foreach (var step in server.BeforeStart)
        {
            await step(cancellationToken);
        }
    }

    /// <summary>Once the runner, which waits for every gate, is healthy.</summary>
    public void Announce() => file ??= ServerFile.Write(server.Layout);

    public void Dispose()
    {
        file?.Dispose();
        tokens?.Dispose();
        directories?.Dispose();
    }

    private async Task RenewAsync(TokenFiles files)
    {
        try
        {
            await files.RenewAsync(application.ApplicationStopping);
        }
        catch (OperationCanceledException)
        {
            // The application stops; its tokens end with it.
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Without fresh tokens the gates refuse each other, so the server ends rather than look well.
            await Console.Error.WriteLineAsync($"secure-agent: the service tokens cannot be renewed ({error.Message}); stopping");
            application.StopApplication();
        }
    }

    /// <summary>Ties the server's directories to the application's run.</summary>
    public static void Attach(IResourceBuilder<SecureAgentResource> server, IResourceBuilder<ProjectResource> runner)
    {
        server.ApplicationBuilder.OnBeforeStart((@event, cancellationToken) => LifetimeOf(@event.Services, server.Resource).PrepareAsync(cancellationToken));
        runner.OnResourceReady((_, @event, _) =>
        {
            LifetimeOf(@event.Services, server.Resource).Announce();
            return @event.Services.GetRequiredService<ResourceNotificationService>().PublishUpdateAsync(server.Resource, state => state with { State = KnownResourceStates.Running });
        });
    }

    private static ServerLifetime LifetimeOf(IServiceProvider services, SecureAgentResource server) => services.GetRequiredKeyedService<ServerLifetime>(server.Name);
}

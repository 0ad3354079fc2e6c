using System.Diagnostics;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Aspire;

/// <summary>What the operator can do from the dashboard. Each runs the CLI, or the runner's own API, and its words go to the runner's log there.</summary>
internal static class OperatorCommands
{
    private const string Task = "Summarise the notes in this folder";

    public static void Add(IResourceBuilder<SecureAgentResource> server)
    {
        var runner = server.Resource.Processes[ComponentNames.AgentRunner];
        Add(runner, "run-sample", "Run sample task", "Bot", $"The built-in agent, in a sandbox: \"{Task}\".",
            context => RunAsync(server.Resource, context, ["run", Task, .. WorkspaceOf(server.Resource)]));
        Add(runner, "prove", "Prove", "ShieldCheckmark", "Starts a sandbox, which is probed from inside for what must fail and what must work, and recomputes the hash chains of the audit log.",
            context => RunAsync(server.Resource, context, ["run", "--", "true"], ["audit", "verify"]));
        Add(runner, "freeze-all", "Freeze all", "Pause", "Stops every session where it stands, cuts its connections and revokes its leases.",
            context => FreezeAllAsync(server.Resource, context), "Freeze every session? What is cut stays cut after a thaw.");
        if (server.Resource.Processes.TryGetValue(ComponentNames.Console, out var console))
        {
            Add(console, "open-console", "Open console", "Open", "A login to the operator's web page: sessions, approvals, audit, policy and proof.",
                context => OpenConsoleAsync(server.Resource, context));
        }
    }

    private static void Add(
        IResourceBuilder<ProjectResource> resource, string name, string shown, string icon, string description, Func<ExecuteCommandContext, Task<ExecuteCommandResult>> command, string? confirmation = null) =>
        resource.WithCommand(name, shown, command, new CommandOptions
        {
            Description = description,
            ConfirmationMessage = confirmation,
            IconName = icon,
            IsHighlighted = true,
            UpdateState = context => context.ResourceSnapshot.HealthStatus is HealthStatus.Healthy ? ResourceCommandState.Enabled : ResourceCommandState.Disabled,
        });

    private static IEnumerable<string> WorkspaceOf(SecureAgentResource server) => server.Workspace.Length > 0 ? ["--workspace", server.Workspace] : [];

    /// <summary>One after the other; the first that fails ends it. What they say is the command's result, and in the runner's log.</summary>
    private static async Task<ExecuteCommandResult> RunAsync(SecureAgentResource server, ExecuteCommandContext context, params IReadOnlyList<string[]> commands)
    {
        var said = new SpokenLines(context.Services.GetRequiredService<ResourceLoggerService>().GetLogger(context.ResourceName));
        foreach (var arguments in commands)
        {
            if (await RunAsync(server, arguments, said, context.CancellationToken) is var code && code != 0)
            {
                return CommandResults.Failure($"secure-agent {arguments[0]} ended with exit code {code}", said.Text, CommandResultFormat.Text);
            }
        }

        return CommandResults.Success("done", said.Text, CommandResultFormat.Text);
    }

    /// <summary>The CLI on this server's data directory, which a second <c>--</c> would hide from it: the option comes before.</summary>
    private static async Task<int> RunAsync(SecureAgentResource server, string[] arguments, SpokenLines said, CancellationToken cancellationToken)
    {
        var commandLength = arguments.TakeWhile(argument => argument != "--").Count();
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(server.Options.Programs.DirectoryOf("Cli"), "secure-agent.dll"), .. arguments[..commandLength], "--data", server.Layout.DataDirectory, .. arguments[commandLength..]])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/",
        };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            await System.Threading.Tasks.Task.WhenAll(said.AddAsync(process.StandardOutput), said.AddAsync(process.StandardError), process.WaitForExitAsync(cancellationToken));
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return process.ExitCode;
    }

    private static async Task<ExecuteCommandResult> FreezeAllAsync(SecureAgentResource server, ExecuteCommandContext context)
    {
        using var channel = OperatorChannel(server);
        var runner = new AgentRunner.AgentRunnerClient(channel);
        try
        {
            var live = (await runner.ListSessionsAsync(new ListSessionsRequest(), cancellationToken: context.CancellationToken)).Sessions.Where(session => session.State == SessionState.Running).ToList();
            await System.Threading.Tasks.Task.WhenAll(live.Select(session => runner.FreezeAsync(new FreezeRequest { SessionId = session.SessionId }, cancellationToken: context.CancellationToken).ResponseAsync));
            return CommandResults.Success($"{live.Count} sessions frozen");
        }
        catch (RpcException error)
        {
            return CommandResults.Failure($"not every session is frozen: {error.Status.Detail}");
        }
    }

    /// <summary>The dashboard shows the result at once: a link that works once. Nothing else may open it, so it is in no log.</summary>
    private static async Task<ExecuteCommandResult> OpenConsoleAsync(SecureAgentResource server, ExecuteCommandContext context)
    {
        using var channel = OperatorChannel(server);
        try
        {
            var login = await new LoginMint.LoginMintClient(channel).CreateLoginAsync(new CreateLoginRequest(), cancellationToken: context.CancellationToken);
            return CommandResults.Success(
                "a login to the console", $"[Open the console]({ConsoleLogin.AddressOf(server.Layout.Address(ComponentNames.Console), login.Token)}), logged in. The link works once, within two minutes.",
                CommandResultFormat.Markdown, displayImmediately: true);
        }
        catch (RpcException error)
        {
            return CommandResults.Failure($"no login was made: {error.Status.Detail}");
        }
    }

    private static GrpcChannel OperatorChannel(SecureAgentResource server) => GrpcChannel.ForAddress(
        "http://runner", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(RunLayout.RunnerSocket(server.Layout.RunDirectory)), DisposeHttpClient = true });
}

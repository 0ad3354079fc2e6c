using System.Diagnostics;
using Grpc.Core;
using SecureAgent.Cli.Server;
using SecureAgent.Cli.Sessions;
using SecureAgent.Cli.Terminal;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Run;

/// <summary>Runs one session: connect or start, create, stream, summarise.</summary>
internal sealed class RunSession(RunRequest request, OutputSink output)
{
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var policy = request.Validate();
        using var tracing = CliTracing.Start("secure-agent run");
        try
        {
            var progress = new ProgressDisplay(Console.Error, !Console.IsErrorRedirected);
            await using var server = request.Detach
                ? await ServerConnection.FindAsync(request.Server.DataDirectory, cancellationToken)
                    ?? throw new CommandException($"--detach needs a server that stays: start one on '{request.Server.DataDirectory}' first (./dev serve)")
                : await ServerConnection.OpenAsync(request.Server, progress, cancellationToken);
            var creating = server.Runner.CreateSessionAsync(CreateRequest(policy), cancellationToken: cancellationToken);
            // Beside the request, not before it: what is set up here would keep it waiting.
            using var attached = request.Detach ? null : await Task.Run(() => new AttachedSession(server.Runner, output), cancellationToken);
            var session = await creating;
            if (attached is null)
            {
                await Console.Out.WriteLineAsync(session.SessionId);
                return 0;
            }

            if (await attached.RunAsync(session.SessionId, request.Terminal) is not { } summary)
            {
                await Console.Error.WriteLineAsync($"secure-agent: detached; go back with: secure-agent session attach {session.SessionId}");
                return 0;
            }

            await ReportAsync(summary);
            if (request.SavePolicy is { } file)
            {
                var status = await server.Runner.GetStatusAsync(new GetStatusRequest(), cancellationToken: cancellationToken);
                await PolicyDraftFile.SaveAsync(file, policy.Length > 0 ? policy : status.Policy, request.Profile, summary);
            }

            return summary.ExitCode;
        }
        catch (RpcException error)
        {
            throw CommandException.From(error);
        }
    }

    private CreateSessionRequest CreateRequest(string policy)
    {
        var create = new CreateSessionRequest
        {
            Workspace = request.Workspace ?? "",
            Profile = request.Profile,
            Policy = policy,
            PolicySource = request.PolicyFile ?? "",
            Task = request.Task ?? "",
            Name = request.Name ?? "",
        };
        if (request.Terminal)
        {
            create.Terminal = request.Detach ? new Contracts.Runner.V1.Terminal { Rows = 24, Columns = 80 } : RawTerminal.Size();
            create.Terminal.Type = TerminalType.OfThisProcess();
        }

        create.Command.AddRange(request.Command ?? []);
        create.AllowDegraded.AddRange(request.AllowDegraded);
        return create;
    }

    private async Task ReportAsync(Summary summary)
    {
        if (request.Json)
        {
            await Console.Out.WriteLineAsync(SummaryJson.Write(summary, output.Captured));
        }
        else
        {
            new SummaryReport(Console.Error, !Console.IsErrorRedirected).Write(summary);
        }
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Grpc.Core;
using SecureAgent.Cli.Server;
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
            await using var server = await ServerConnection.OpenAsync(request.Server, progress, cancellationToken);
            var session = await server.Runner.CreateSessionAsync(CreateRequest(policy), cancellationToken: cancellationToken);
            var summary = await AttachAsync(server.Runner, session.SessionId);
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
        };
        create.Command.AddRange(request.Command ?? []);
        create.AllowDegraded.AddRange(request.AllowDegraded);
        return create;
    }

    private async Task<Summary> AttachAsync(AgentRunner.AgentRunnerClient runner, string sessionId)
    {
        using var call = runner.Attach();
        using var input = new InputPump(call.RequestStream);
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = sessionId });
        using var interrupt = OnSignal(PosixSignal.SIGINT, 2, input, runner, sessionId);
        using var terminate = OnSignal(PosixSignal.SIGTERM, 15, input, runner, sessionId);
        input.Start();
        await foreach (var item in call.ResponseStream.ReadAllAsync())
        {
            switch (item.EventCase)
            {
                case SessionEvent.EventOneofCase.Stdout:
                    await output.StdoutAsync(item.Stdout.Memory);
                    break;
                case SessionEvent.EventOneofCase.Stderr:
                    await output.StderrAsync(item.Stderr.Memory);
                    break;
                case SessionEvent.EventOneofCase.Notice:
                    await Console.Error.WriteLineAsync($"secure-agent: {Terminal.TerminalText.Escape(item.Notice.Text)}");
                    break;
                case SessionEvent.EventOneofCase.Ended:
                    return item.Ended;
                default:
                    throw new CommandException("the server sent an event this version does not know; use the CLI of the same build");
            }
        }

        throw new CommandException($"the server ended session {sessionId} without a summary; look at its log");
    }

    /// <summary>The first signal goes to the agent; the second ends the session.</summary>
    private static PosixSignalRegistration OnSignal(
        PosixSignal signal, int number, InputPump input, AgentRunner.AgentRunnerClient runner, string sessionId)
    {
        var seen = 0;
        return PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            if (Interlocked.Increment(ref seen) == 1)
            {
                input.Send(new AttachRequest { Signal = number });
            }
            else
            {
                _ = runner.KillAsync(new KillRequest { SessionId = sessionId });
            }
        });
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

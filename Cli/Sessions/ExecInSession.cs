using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Cli.Run;
using SecureAgent.Cli.Terminal;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Sessions;

/// <summary>One command beside the agent; its exit code is this command's.</summary>
internal sealed class ExecInSession(AgentRunner.AgentRunnerClient runner, string sessionId, OutputSink output)
{
    public async Task<int> RunAsync(IReadOnlyList<string> command, bool onTerminal)
    {
        using var raw = onTerminal ? RawTerminal.Enter() : null;
        using var call = runner.Exec();
        using var input = new InputPump<ExecRequest>(
            call.RequestStream, bytes => new ExecRequest { Stdin = ByteString.CopyFrom(bytes.Span) }, new ExecRequest { StdinClosed = true });
        var start = new ExecStart { SessionId = sessionId, Command = { command } };
        if (onTerminal)
        {
            start.Terminal = RawTerminal.Size();
            start.Terminal.Type = TerminalType.OfThisProcess();
        }

        await call.RequestStream.WriteAsync(new ExecRequest { Start = start });
        using var interrupt = OnSignal(PosixSignal.SIGINT, 2, input);
        using var terminate = OnSignal(PosixSignal.SIGTERM, 15, input);
        using var resize = onTerminal ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => input.Send(new ExecRequest { Resize = RawTerminal.Size() })) : null;
        input.Start();
        await foreach (var item in call.ResponseStream.ReadAllAsync())
        {
            switch (item.EventCase)
            {
                case ExecEvent.EventOneofCase.Stdout:
                    await output.StdoutAsync(item.Stdout.Memory);
                    break;
                case ExecEvent.EventOneofCase.Stderr:
                    await output.StderrAsync(item.Stderr.Memory);
                    break;
                case ExecEvent.EventOneofCase.ExitCode:
                    return item.ExitCode;
                default:
                    throw new CommandException("the server sent an event this version does not know; use the CLI of the same build");
            }
        }

        throw new CommandException($"the command in session {sessionId} ended without an exit code; look at the server's log");
    }

    private static PosixSignalRegistration OnSignal(PosixSignal signal, int number, InputPump<ExecRequest> input) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true;
        input.Send(new ExecRequest { Signal = number });
    });
}

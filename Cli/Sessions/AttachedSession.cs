using System.Runtime.InteropServices;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Cli.Run;
using SecureAgent.Cli.Terminal;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.Cli.Sessions;

/// <summary>A client of one session, from the first byte it shows to the session's end or its own leaving.</summary>
/// <remarks>The call is opened at once and names its session later: who starts a session opens it meanwhile.</remarks>
internal sealed class AttachedSession : IDisposable
{
    private readonly AgentRunner.AgentRunnerClient runner;
    private readonly OutputSink output;
    private readonly CancellationTokenSource left = new();
    private readonly AsyncDuplexStreamingCall<AttachRequest, SessionEvent> call;

    public AttachedSession(AgentRunner.AgentRunnerClient runner, OutputSink output)
    {
        (this.runner, this.output) = (runner, output);
        call = runner.Attach(cancellationToken: left.Token);
    }

    public void Dispose()
    {
        call.Dispose();
        left.Dispose();
    }

    /// <summary>Null when the operator detached: the session goes on.</summary>
    public async Task<Summary?> RunAsync(string sessionId, bool onTerminal)
    {
        using var raw = onTerminal ? RawTerminal.Enter() : null;
        using var input = new InputPump<AttachRequest>(
            call.RequestStream, bytes => new AttachRequest { Stdin = ByteString.CopyFrom(bytes.Span) }, new AttachRequest { StdinClosed = true });
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = sessionId });
        using var interrupt = OnSignal(PosixSignal.SIGINT, 2, sessionId, input);
        using var terminate = OnSignal(PosixSignal.SIGTERM, 15, sessionId, input);
        using var resize = onTerminal ? PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => input.Send(new AttachRequest { Resize = RawTerminal.Size() })) : null;
        input.Start(onTerminal ? new DetachKeys(left.Cancel) : null);
        if (onTerminal)
        {
            input.Send(new AttachRequest { Resize = RawTerminal.Size() });
        }

        try
        {
            return await ShowAsync(sessionId);
        }
        catch (Exception end) when (left.IsCancellationRequested && end is OperationCanceledException or RpcException { StatusCode: StatusCode.Cancelled })
        {
            return null;
        }
    }

    private async Task<Summary> ShowAsync(string sessionId)
    {
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
                    await Console.Error.WriteLineAsync($"secure-agent: {UntrustedText.Line(item.Notice.Text)}");
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
    private PosixSignalRegistration OnSignal(PosixSignal signal, int number, string sessionId, InputPump<AttachRequest> input)
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
}

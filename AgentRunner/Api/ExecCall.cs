using Google.Protobuf;
using Grpc.Core;
using SecureAgent.AgentRunner.Sandbox;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Api;

/// <summary>One command beside the agent, for as long as its client stays.</summary>
internal sealed class ExecCall(Func<string, AgentSession> find)
{
    private const int HighestSignal = 64;

    public async Task RunAsync(IAsyncStreamReader<ExecRequest> requests, IServerStreamWriter<ExecEvent> events, CancellationToken cancellationToken)
    {
        if (!await requests.MoveNext(cancellationToken) || requests.Current.Start is not { } start)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, "the first message says what to start"));
        }

        var job = await StartAsync(start);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var input = TakeInputAsync(job, requests, over.Token);
        try
        {
            await foreach (var next in job.ReadAsync(over.Token))
            {
                var bytes = UnsafeByteOperations.UnsafeWrap(next.Bytes);
                await events.WriteAsync(next.IsError ? new ExecEvent { Stderr = bytes } : new ExecEvent { Stdout = bytes }, over.Token);
            }

            var exit = await job.Exited;
            if (exit.Problem is { } problem)
            {
                throw new RpcException(new Status(StatusCode.FailedPrecondition, problem));
            }

            await events.WriteAsync(new ExecEvent { ExitCode = exit.Code }, over.Token);
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or InvalidOperationException && cancellationToken.IsCancellationRequested)
        {
            await job.AbandonAsync();
        }
        finally
        {
            await over.CancelAsync();
            await input;
        }
    }

    private async Task<IGuestJob> StartAsync(ExecStart start)
    {
        try
        {
            SessionRequestValidator.CheckCommand(start.Command);
            SessionRequestValidator.CheckTerminal(start.Terminal);
        }
        catch (SessionRefusedException refusal)
        {
            throw new RpcException(new Status(refusal.Status, refusal.Message));
        }

        var session = find(start.SessionId);
        return session.IsFrozen
            ? throw new RpcException(new Status(StatusCode.FailedPrecondition, $"session '{start.SessionId}' is frozen; thaw it first: secure-agent session thaw {start.SessionId}"))
            : await session.ExecAsync(start.Command, start.Terminal);
    }

    private static async Task TakeInputAsync(IGuestJob job, IAsyncStreamReader<ExecRequest> requests, CancellationToken over)
    {
        try
        {
            while (await requests.MoveNext(over))
            {
                switch (requests.Current.MessageCase)
                {
                    case ExecRequest.MessageOneofCase.Stdin:
                        await job.WriteAsync(requests.Current.Stdin.Memory, over);
                        break;
                    case ExecRequest.MessageOneofCase.StdinClosed:
                        await job.CloseInputAsync();
                        break;
                    case ExecRequest.MessageOneofCase.Signal when requests.Current.Signal is > 0 and <= HighestSignal:
                        await job.SignalAsync(requests.Current.Signal);
                        break;
                    case ExecRequest.MessageOneofCase.Resize:
                        SessionRequestValidator.CheckTerminal(requests.Current.Resize);
                        await job.ResizeAsync(AgentStarts.SizeOf(requests.Current.Resize)!);
                        break;
                }
            }
        }
        catch (Exception failure) when (failure is OperationCanceledException or IOException or InvalidOperationException or RpcException or SessionRefusedException)
        {
            // The client is gone, or the command: either way there is no more input.
        }
    }
}

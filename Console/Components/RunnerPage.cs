using Grpc.Core;
using Microsoft.AspNetCore.Components;
using SecureAgent.Console.Runner;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Console.Components;

/// <summary>A page that asks the runner: what it refuses is said on the page, and a login that ended leads to a new one.</summary>
public abstract class RunnerPage : ComponentBase, IDisposable
{
    private readonly CancellationTokenSource closed = new();

    protected RunnerPage() => Closed = closed.Token;

    [Inject] internal OperatorRunner Operator { get; set; } = null!;

    [Inject] protected NavigationManager Navigation { get; set; } = null!;

    [Inject] protected TimeProvider Time { get; set; } = null!;

    /// <summary>What the last call was refused with; null when it was not.</summary>
    protected string? Problem { get; private set; }

    /// <summary>Ends with the page.</summary>
    protected CancellationToken Closed { get; }

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        closed.Cancel();
        closed.Dispose();
    }

    /// <summary>Does what the operator asked. True when it went well.</summary>
    protected async Task<bool> AskAsync(Func<AgentRunner.AgentRunnerClient, Task> call)
    {
        var problem = await TryAsync(call);
        Problem = problem;
        return problem is null;
    }

    /// <summary>Looks. What was refused before stays on the page when that goes well.</summary>
    protected async Task LookAsync(Func<AgentRunner.AgentRunnerClient, Task> call) => Problem = await TryAsync(call) ?? Problem;

    /// <summary>What the call was refused with; null when it was not.</summary>
    private async Task<string?> TryAsync(Func<AgentRunner.AgentRunnerClient, Task> call)
    {
        try
        {
            await call(await Operator.ClientAsync());
            return null;
        }
        catch (RpcException error) when (error.StatusCode == StatusCode.Unauthenticated && RendererInfo.IsInteractive)
        {
            Navigation.NavigateTo("/login", forceLoad: true);
            return Problems.Describe(error);
        }
        catch (RpcException error) when (!Closed.IsCancellationRequested)
        {
            return Problems.Describe(error);
        }
        catch (Exception error) when (Closed.IsCancellationRequested && (error is RpcException or OperationCanceledException or ObjectDisposedException))
        {
            return "closed"; // the page is gone
        }
    }

    /// <summary>Asks again and again while the page is open in a browser.</summary>
    protected async Task EveryAsync(TimeSpan period, Func<Task> work)
    {
        using var timer = new PeriodicTimer(period, Time);
        try
        {
            while (await timer.WaitForNextTickAsync(Closed))
            {
                await work();
                await InvokeAsync(StateHasChanged);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException)
        {
            // The page is gone.
        }
    }
}

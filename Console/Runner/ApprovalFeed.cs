using Grpc.Core;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Console.Runner;

/// <summary>What waits for the operator, as the runner tells it, for one page and as long as it is open. A stream that breaks is opened again.</summary>
internal sealed class ApprovalFeed(OperatorRunner runner, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource closed = new();
    private readonly Dictionary<string, Approval> waiting = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private bool isStarted;

    public event Action? Changed;

    /// <summary>The one that is refused first, first.</summary>
    public IReadOnlyList<Approval> Waiting
    {
        get
        {
            lock (gate)
            {
                return [.. waiting.Values.OrderBy(approval => approval.ExpiresUnixMs)];
            }
        }
    }

    /// <summary>Why nothing is known now; null when all is.</summary>
    public string? Problem { get; private set; }

    public void Start()
    {
        if (!isStarted)
        {
            isStarted = true;
            _ = FollowAsync();
        }
    }

    public void Dispose()
    {
        closed.Cancel();
        closed.Dispose();
    }

    private async Task FollowAsync()
    {
        var over = closed.Token;
        while (!over.IsCancellationRequested)
        {
            try
            {
                using var call = (await runner.ClientAsync()).Approvals(new ApprovalsRequest(), cancellationToken: over);
                Take(() => waiting.Clear());
                await foreach (var next in call.ResponseStream.ReadAllAsync(over))
                {
                    Problem = null;
                    Take(() => Apply(next));
                }
            }
            catch (Exception error) when (over.IsCancellationRequested && (error is OperationCanceledException or RpcException))
            {
                return; // the page is closed
            }
            catch (RpcException error)
            {
                Problem = Problems.Describe(error);
                Take(() => waiting.Clear());
            }

            try
            {
                await Task.Delay(Between, time, over);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private void Apply(ApprovalEvent next)
    {
        if (next.Waiting is { } approval)
        {
            waiting[approval.ApprovalId] = approval;
        }
        else if (next.Settled is { } settled)
        {
            waiting.Remove(settled.ApprovalId);
        }
    }

    private void Take(Action change)
    {
        lock (gate)
        {
            change();
        }

        Changed?.Invoke();
    }
}

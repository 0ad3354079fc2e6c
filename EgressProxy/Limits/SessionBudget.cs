using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.EgressProxy.Limits;

/// <param name="Budget">The key that is spent.</param>
/// <param name="IsRecorded">At most one record a minute and key: a flood of refusals is no flood of records.</param>
/// <param name="Unrecorded">Refusals since the record before this one.</param>
internal sealed record Spent(ReasonCode Reason, string Budget, bool IsRecorded, long Unrecorded)
{
    public string Message => $"The session has used its egressBudget ({Budget}). {Reason switch
    {
        ReasonCode.RateLimited => "Ask again in a minute.",
        ReasonCode.ConnectionsExceeded => "Ask again when a connection has ended.",
        _ => "The operator can raise it.",
    }}";
}

/// <summary>What a session has used of its way out, against what its profile says now.</summary>
internal sealed class SessionBudget(Func<Profile> profile, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, (DateTimeOffset Until, long Unrecorded)> recorded = new(StringComparer.Ordinal);
    private long up;
    private long down;
    private long total;
    private long refused;
    private int live;
    private int inWindow;
    private DateTimeOffset windowEnds;

    private EgressBudget Limits => profile().EgressBudget;

    public long BytesUp => Volatile.Read(ref up);

    public long BytesDown => Volatile.Read(ref down);

    public long Flows => Volatile.Read(ref total);

    public long Refused => Volatile.Read(ref refused);

    /// <summary>No further byte may pass.</summary>
    public bool IsOutOfBytes => Limits is var limits && (BytesUp > limits.UploadBytes || BytesDown > limits.DownloadBytes);

    /// <summary>Begins a flow; what is refused is not counted.</summary>
    public BudgetPass Enter()
    {
        lock (gate)
        {
            var (now, limits) = (time.GetUtcNow(), Limits);
            if (now >= windowEnds)
            {
                (windowEnds, inWindow) = (now + Window, 0);
            }

            var spent = limits switch
            {
                _ when BytesUp >= limits.UploadBytes => Refuse(ReasonCode.BudgetExceeded, "upload", now),
                _ when BytesDown >= limits.DownloadBytes => Refuse(ReasonCode.BudgetExceeded, "download", now),
                _ when total >= limits.Total => Refuse(ReasonCode.BudgetExceeded, "total", now),
                _ when inWindow >= limits.PerMinute => Refuse(ReasonCode.RateLimited, "perMinute", now),
                _ when live >= limits.Concurrent => Refuse(ReasonCode.ConnectionsExceeded, "concurrent", now),
                _ => null,
            };
            if (spent is null)
            {
                total++;
                inWindow++;
                live++;
            }

            return new BudgetPass(spent, this);
        }
    }

    /// <summary>Before the bytes go on. False when they are over the budget: nothing of them may pass, nor after them.</summary>
    public bool MaySend(int count) => !(Interlocked.Add(ref up, count) > Limits.UploadBytes);

    /// <inheritdoc cref="MaySend"/>
    public bool MayReceive(int count) => !(Interlocked.Add(ref down, count) > Limits.DownloadBytes);

    /// <summary>Counts what passes a connection to a destination, and ends it at the limit.</summary>
    public Stream Meter(Stream connection) => new MeteredStream(
        connection,
        read => Demand(MayReceive(read)),
        written => Demand(MaySend(written)));

    internal void Leave()
    {
        lock (gate)
        {
            live--;
        }
    }

    private static void Demand(bool isLeft)
    {
        if (!isLeft)
        {
            throw new IOException("the session's byte budget is spent");
        }
    }

    private Spent Refuse(ReasonCode reason, string budget, DateTimeOffset now)
    {
        refused++;
        var (until, unrecorded) = recorded.GetValueOrDefault(budget);
        var isRecorded = now >= until;
        recorded[budget] = isRecorded ? (now + Window, 0) : (until, unrecorded + 1);
        return new Spent(reason, budget, isRecorded, isRecorded ? unrecorded : 0);
    }
}

/// <summary>One flow's place in the budget; disposed when the flow is over.</summary>
internal sealed class BudgetPass(Spent? refused, SessionBudget budget) : IDisposable
{
    private bool isOver = refused is not null;

    /// <summary>Null when the flow may go on.</summary>
    public Spent? Refused => refused;

    public void Dispose()
    {
        if (!isOver)
        {
            isOver = true;
            budget.Leave();
        }
    }
}

using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Policy;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>What became of a question. Zero lets nothing through.</summary>
public enum QuestionOutcome
{
    /// <summary>The session ended, or whoever asked gave up.</summary>
    Void = 0,
    Denied,
    TimedOut,
    Once,
    Session,
}

/// <summary>What the operator is asked.</summary>
/// <param name="Plane">One of <see cref="Audit.AuditPlanes"/>.</param>
/// <param name="Subject">What is asked for; the agent's words.</param>
/// <param name="Reason">Why it is refused when nobody answers.</param>
/// <param name="Rule">The rule that would refuse it; empty for none.</param>
/// <param name="Detail">What would happen, on lines; the agent's words.</param>
public sealed record OperatorQuestion(string Plane, string Subject, ReasonCode Reason = ReasonCode.NoRule, string Rule = "", string Detail = "");

/// <summary>
/// Where a gate holds a request until the operator has decided. Whoever watches the gate's control socket sees each open question and answers it there;
/// without an answer in time it is denied.
/// </summary>
public sealed class SessionQuestions(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (Question Question, TaskCompletionSource<QuestionOutcome> Answer)> open = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Channel<GateEvent>, byte> watchers = new();
    private long last;

    public async Task<QuestionOutcome> AskAsync(SessionContext session, OperatorQuestion asking, TimeSpan limit, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(session);
        ArgumentNullException.ThrowIfNull(asking);
        var question = new Question
        {
            SessionId = session.Id, Id = Interlocked.Increment(ref last).ToString(CultureInfo.InvariantCulture), Plane = asking.Plane, Subject = asking.Subject,
            Reason = asking.Reason.Name(), Rule = asking.Rule, Detail = asking.Detail,
            ExpiresUnixMs = (time.GetUtcNow() + limit).ToUnixTimeMilliseconds(),
        };
        var answer = new TaskCompletionSource<QuestionOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        open[question.Id] = (question, answer);
        try
        {
            Tell(new GateEvent { Question = question });
            return await answer.Task.WaitAsync(limit, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return QuestionOutcome.TimedOut;
        }
        catch (OperationCanceledException)
        {
            return QuestionOutcome.Void;
        }
        finally
        {
            open.TryRemove(question.Id, out _);
            Tell(new GateEvent { Settled = new QuestionSettled { SessionId = session.Id, Id = question.Id } });
        }
    }

    /// <summary>Whether somebody is there to be asked.</summary>
    public bool IsWatched => !watchers.IsEmpty;

    private void Tell(GateEvent next)
    {
        foreach (var watcher in watchers.Keys)
        {
            watcher.Writer.TryWrite(next);
        }
    }

    /// <summary>False when that session has no such open question.</summary>
    internal bool TryAnswer(string sessionId, string id, QuestionOutcome outcome) =>
        open.TryGetValue(id, out var asked) && asked.Question.SessionId == sessionId && asked.Answer.TrySetResult(outcome);

    /// <summary>Begins with those that are open; then each as it is asked or settled. A question may come twice.</summary>
    internal async IAsyncEnumerable<GateEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateUnbounded<GateEvent>();
        watchers[watcher] = 0;
        try
        {
            foreach (var (question, _) in open.Values)
            {
                yield return new GateEvent { Question = question };
            }

            await foreach (var next in watcher.Reader.ReadAllAsync(cancellationToken))
            {
                yield return next;
            }
        }
        finally
        {
            watchers.TryRemove(watcher, out _);
        }
    }
}

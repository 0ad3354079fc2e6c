using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Grpc.Core;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Approvals;

/// <summary>What the gates hold for the operator. The gate keeps the time: it refuses what nobody has decided, and says so here.</summary>
/// <remarks>A decision is on disk before its gate is told. One that cannot be put on record, or told, is none: the request is refused when its time is over.</remarks>
internal sealed class ApprovalQueue : IDisposable
{
    private readonly GateSet gates;
    private readonly SessionManager sessions;
    private readonly AuditLog audit;

    /// <summary>Of agents that were faster than their own registration here.</summary>
    private readonly ConcurrentDictionary<QuestionKey, Question> early = new();
    private readonly ConcurrentDictionary<QuestionKey, WaitingApproval> waiting = new();
    private readonly ConcurrentDictionary<Channel<ApprovalEvent>, byte> watchers = new();

    public ApprovalQueue(GateSet gates, SessionManager sessions, AuditLog audit)
    {
        (this.gates, this.sessions, this.audit) = (gates, sessions, audit);
        sessions.Added += TakeEarly;
    }

    public void Dispose() => sessions.Added -= TakeEarly;

    /// <summary>A gate's question; one that is known already is the same one again.</summary>
    public void Take(string gate, Question question)
    {
        var key = new QuestionKey(gate, question.SessionId, question.Id);
        early[key] = question;
        if (sessions.Find(question.SessionId) is not { } session || !early.TryRemove(key, out _))
        {
            return;
        }

        var asked = new WaitingApproval(Identifiers.New("q"), key, question, session);
        if (!waiting.TryAdd(key, asked))
        {
            return;
        }

        var told = asked.Describe();
        Tell(new ApprovalEvent { Waiting = told });
        session.Tell("approval", $"{told.Plane} {told.Subject} waits for you: secure-agent session approve {told.ApprovalId} --once (or --session), or deny {told.ApprovalId}");
    }

    public void Settle(string gate, QuestionSettled settled) => Settle(new QuestionKey(gate, settled.SessionId, settled.Id));

    /// <summary>The gate is not heard any more; what still waits there comes again with its next word.</summary>
    public void Forget(string gate)
    {
        foreach (var key in waiting.Keys.Concat(early.Keys).Where(key => key.Gate == gate).ToList())
        {
            Settle(key);
        }
    }

    /// <summary>Throws <see cref="SessionRefusedException"/>.</summary>
    public async Task<Approval> DecideAsync(string id, bool allow, bool forSession)
    {
        if (waiting.Values.FirstOrDefault(one => one.Id == id) is not { } asked)
        {
            throw new SessionRefusedException(StatusCode.NotFound, $"nothing waits by the id '{id}'; what nobody decides in time is refused (secure-agent session approvals)");
        }

        try
        {
            await audit.AppendDurableAsync(Decided(asked, AuditFact.Of("allowed", allow), AuditFact.Of("scope", allow && !forSession ? "once" : "session")));
            await gates.AnswerAsync(asked.Key.Gate, new AnswerRequest
            {
                QuestionId = asked.Key.Id, SessionId = asked.Key.Session, Verdict = !allow ? AnswerVerdict.Deny : forSession ? AnswerVerdict.Session : AnswerVerdict.Once,
            });
        }
        catch (GateException failure)
        {
            throw new SessionRefusedException(StatusCode.FailedPrecondition, $"too late, it was refused: {failure.Message}", failure);
        }
        catch (AuditUnavailableException failure)
        {
            throw new SessionRefusedException(StatusCode.Unavailable, failure.Message, failure);
        }

        var approval = asked.Describe();
        Settle(asked.Key);
        return approval;
    }

    /// <summary>What waits, then a mark, then what comes.</summary>
    public async IAsyncEnumerable<ApprovalEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watcher = Channel.CreateUnbounded<ApprovalEvent>();
        watchers[watcher] = 0;
        try
        {
            foreach (var asked in waiting.Values.OrderBy(one => one.Question.ExpiresUnixMs))
            {
                yield return new ApprovalEvent { Waiting = asked.Describe() };
            }

            yield return new ApprovalEvent { UpToDate = true };
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

    private void Settle(QuestionKey key)
    {
        early.TryRemove(key, out _);
        if (waiting.TryRemove(key, out var settled))
        {
            Tell(new ApprovalEvent { Settled = settled.Describe() });
        }
    }

    private void TakeEarly(string session)
    {
        foreach (var (key, question) in early.Where(one => one.Key.Session == session).ToList())
        {
            Take(key.Gate, question);
        }
    }

    private static AuditEntry Decided(WaitingApproval asked, params AuditFact[] facts) => new("session.decided", asked.Question.Plane)
    {
        Session = asked.Question.SessionId,
        Subject = asked.Question.Subject,
        Trace = asked.Session.Identity.TraceId,
        Facts = [AuditFact.Of("approval", asked.Id), AuditFact.Of("gate", asked.Key.Gate), .. facts],
    };

    private void Tell(ApprovalEvent next)
    {
        foreach (var watcher in watchers.Keys)
        {
            watcher.Writer.TryWrite(next);
        }
    }
}

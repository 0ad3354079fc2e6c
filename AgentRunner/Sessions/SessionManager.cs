using System.Collections.Concurrent;
using Grpc.Core;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>The sessions of this server: those that run, and the last that ended.</summary>
internal sealed class SessionManager : IDisposable
{
    private readonly SessionRequestValidator validator;
    private readonly SessionStarter starter;
    private readonly ILogger<SessionManager> log;
    private const int KeptEnded = 100;

    private readonly ConcurrentDictionary<string, AgentSession> sessions = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> endedIds = new();
    private readonly ConcurrentDictionary<string, byte> starting = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource stopping = new();
    private volatile bool hadWriters;

    /// <summary>Alarms of agents that were faster than their own registration here.</summary>
    private readonly ConcurrentDictionary<string, Alarm> early = new(StringComparer.Ordinal);

    public SessionManager(SessionRequestValidator validator, SessionStarter starter, ILogger<SessionManager> log)
    {
        (this.validator, this.starter, this.log) = (validator, starter, log);
        starter.ServerStarted += Register;
    }

    /// <summary>A session can be found from now on: what its agent was faster with can be taken up.</summary>
    public event Action<string>? Added;

    /// <summary>Since this server started an agent could have edited a file of the host, a policy among them.</summary>
    public bool HadWriters => hadWriters;

    public IReadOnlyList<AgentSession> All => [.. sessions.Values.OrderBy(session => session.Identity.Started)];

    /// <summary>By id, or by name: the live one of that name, else the last that ended.</summary>
    public AgentSession? Find(string id) => sessions.GetValueOrDefault(id)
        ?? sessions.Values.Where(session => id.Length > 0 && session.Plan.Name == id)
            .OrderByDescending(session => !session.Ended.IsCompleted).ThenByDescending(session => session.Identity.Started).FirstOrDefault();

    public async Task<AgentSession> CreateAsync(CreateSessionRequest request, CancellationToken cancellationToken)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token, cancellationToken);
        var plan = await CheckAsync(request, either.Token);
        if (plan.MayWriteFiles)
        {
            hadWriters = true; // only ever set: sessions start side by side
        }

        using var name = TakeName(plan.Name);
        var session = await starter.StartAsync(plan, either.Token);
        Register(session);
        if (stopping.IsCancellationRequested)
        {
            await session.EndAsync(EndReasons.Killed);
            throw new SessionRefusedException(StatusCode.Unavailable, "the server is stopping");
        }

        return session;
    }

    private void Register(AgentSession session)
    {
        sessions[session.Identity.Id] = session;
        Added?.Invoke(session.Identity.Id);
        _ = RunAsync(session);
        if (early.TryRemove(session.Identity.Id, out var alarm))
        {
            Freeze(session, alarm);
        }
    }

    /// <summary>What an MCP server touched, its agent may have asked it for: both are frozen.</summary>
    private void Freeze(AgentSession session, Alarm alarm)
    {
        _ = session.AlarmAsync(alarm);
        if (session.Plan.IsServer)
        {
            Alarm(new Alarm(alarm) { SessionId = session.Plan.Parent });
        }
    }

    /// <summary>Freezes the session, now or as soon as it is here.</summary>
    public void Alarm(Alarm alarm)
    {
        early[alarm.SessionId] = alarm;
        if (sessions.TryGetValue(alarm.SessionId, out var session) && early.TryRemove(alarm.SessionId, out _))
        {
            Freeze(session, alarm);
        }
    }

    /// <summary>Ends every session and takes no more.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        await Task.WhenAll(sessions.Values.Select(session => session.EndAsync(EndReasons.Killed)));
    }

    public void Dispose()
    {
        starter.ServerStarted -= Register;
        stopping.Dispose();
    }

    /// <summary>Held until the session is in the table.</summary>
    private NameHold? TakeName(string name)
    {
        if (name.Length == 0)
        {
            return null;
        }

        var isMine = starting.TryAdd(name, 0);
        if (!isMine || Find(name) is { Ended.IsCompleted: false })
        {
            if (isMine)
            {
                starting.TryRemove(name, out _);
            }

            throw SessionRefusedException.Invalid($"a session named '{name}' is running; choose another name, or attach to it: secure-agent session attach {name}");
        }

        return new NameHold(starting, name);
    }

    private sealed class NameHold(ConcurrentDictionary<string, byte> held, string name) : IDisposable
    {
        public void Dispose() => held.TryRemove(name, out _);
    }

    private async Task<SessionPlan> CheckAsync(CreateSessionRequest request, CancellationToken cancellationToken)
    {
        try
        {
            return await validator.CheckAsync(request, cancellationToken);
        }
        catch (SessionRefusedException refusal)
        {
            log.SessionRefused(refusal.Message);
            throw;
        }
    }

    private async Task RunAsync(AgentSession session)
    {
        await session.RunAsync();
        endedIds.Enqueue(session.Identity.Id);
        while (endedIds.Count > KeptEnded && endedIds.TryDequeue(out var oldest))
        {
            if (sessions.TryRemove(oldest, out var old))
            {
                old.Dispose();
            }
        }
    }
}

using System.Diagnostics;
using System.Threading.Channels;
using Grpc.Core;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>OpenSession and CloseSession of any gate. Served on the control socket only.</summary>
internal sealed partial class GateControlService(
    ComponentContext component,
    SessionRegistry registry,
    ISessionGate gate,
    SessionAlarms alarms,
    SessionQuestions questions,
    IHostApplicationLifetime lifetime,
    ILogger<GateControlService> log,
    SessionListeners? listeners = null) : GateControl.GateControlBase
{
    public override async Task<OpenSessionResponse> OpenSession(OpenSessionRequest request, ServerCallContext context)
    {
        var session = Accept(request);
        if (!registry.TryAdd(session))
        {
            session.Dispose();
            throw Failure(StatusCode.AlreadyExists, $"session '{request.SessionId}' is open already");
        }

        try
        {
            await gate.OpenAsync(session, context.CancellationToken);
            var path = gate.HasSocket(session) ? listeners?.Open(session, component.Name) ?? "" : "";
            LogOpened(session.Id, session.Profile.Name);
            return new OpenSessionResponse { SocketPath = path, Authority = session.Authority ?? "" };
        }
        catch (Exception error)
        {
            await CloseAsync(session.Id, "failed", CancellationToken.None);
            throw error is SessionRefusedException
                ? Failure(StatusCode.FailedPrecondition, error.Message)
                : Failure(StatusCode.Internal, $"{component.Name} could not open the session: {error.Message}");
        }
    }

    public override async Task<CloseSessionResponse> CloseSession(CloseSessionRequest request, ServerCallContext context) =>
        new() { ConnectionsCut = await CloseAsync(request.SessionId, request.Reason, context.CancellationToken) };

    public override async Task<CloseSessionResponse> CloseAll(CloseAllRequest request, ServerCallContext context)
    {
        var cut = 0;
        foreach (var session in registry.All)
        {
            cut += await CloseAsync(session.Id, "runner_lost", context.CancellationToken);
        }

        return new CloseSessionResponse { ConnectionsCut = cut };
    }

    public override async Task<CloseSessionResponse> FreezeSession(FreezeSessionRequest request, ServerCallContext context)
    {
        var session = Find(request.SessionId);
        var cut = session.Freeze();
        await gate.FreezeAsync(session, context.CancellationToken);
        LogFrozen(session.Id, cut);
        return new CloseSessionResponse { ConnectionsCut = cut };
    }

    public override async Task<ThawSessionResponse> ThawSession(ThawSessionRequest request, ServerCallContext context)
    {
        var session = Find(request.SessionId);
        await gate.ThawAsync(session, context.CancellationToken);
        session.Thaw();
        LogThawed(session.Id);
        return new ThawSessionResponse();
    }

    public override async Task<ChangePolicyResponse> ChangePolicy(ChangePolicyRequest request, ServerCallContext context)
    {
        var session = Find(request.SessionId);
        var next = ProfileOf(request.Policy, request.Profile);
        var former = session.Profile;
        if (PolicyChange.Refusals(former, next) is [_, ..] refusals)
        {
            throw Failure(StatusCode.FailedPrecondition, string.Join('\n', refusals));
        }

        try
        {
            gate.CheckChange(session, next);
        }
        catch (SessionRefusedException refused)
        {
            throw Failure(StatusCode.FailedPrecondition, refused.Message);
        }

        if (!request.OnlyCheck)
        {
            session.Change(next);
            await gate.ChangeAsync(session, former, context.CancellationToken);
            LogChanged(session.Id, next.Name);
        }

        return new ChangePolicyResponse();
    }

    public override async Task Watch(WatchRequest request, IServerStreamWriter<GateEvent> responseStream, ServerCallContext context)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await context.WriteResponseHeadersAsync([]);
            var events = Channel.CreateUnbounded<GateEvent>();
            _ = PassAsync(alarms.WatchAsync(over.Token), alarm => new GateEvent { Alarm = alarm }, events.Writer);
            _ = PassAsync(questions.WatchAsync(over.Token), next => next, events.Writer);
            await foreach (var one in events.Reader.ReadAllAsync(over.Token))
            {
                await responseStream.WriteAsync(one, over.Token);
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The watcher left, or this gate stops: the next watch begins with what is still frozen.
        }
    }

    public override Task<AnswerResponse> Answer(AnswerRequest request, ServerCallContext context)
    {
        var outcome = request.Verdict switch
        {
            AnswerVerdict.Once => QuestionOutcome.Once,
            AnswerVerdict.Session => QuestionOutcome.Session,
            _ => QuestionOutcome.Denied,
        };
        return questions.TryAnswer(request.SessionId, request.QuestionId, outcome)
            ? Task.FromResult(new AnswerResponse())
            : throw Failure(StatusCode.NotFound, $"session '{request.SessionId}' has no open question '{request.QuestionId}'");
    }

    /// <summary>Ends with the watch, whatever else befalls it ends the watch.</summary>
    private static async Task PassAsync<T>(IAsyncEnumerable<T> from, Func<T, GateEvent> wrap, ChannelWriter<GateEvent> to)
    {
        try
        {
            await foreach (var one in from)
            {
                to.TryWrite(wrap(one));
            }
        }
        catch (Exception error)
        {
            to.TryComplete(error);
        }
    }

    private SessionContext Find(string id) =>
        registry.TryGet(id, out var session) ? session : throw Failure(StatusCode.NotFound, $"session '{id}' is not open here");

    private static SessionContext Accept(OpenSessionRequest request)
    {
        if (request.SessionId.Length is 0 or > 40 || request.SessionId.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            throw Failure(StatusCode.InvalidArgument, $"session_id '{request.SessionId}' is not [a-z0-9-]{{1,40}}");
        }

        return new SessionContext
        {
            Id = request.SessionId,
            Profile = ProfileOf(request.Policy, request.Profile),
            Workspace = request.Workspace is { Length: > 0 } path ? path : null,
            Directory = request.SessionDirectory,
            SandboxUid = request.SandboxUid,
            CopyUid = request.CopyUid == 0 ? null : request.CopyUid,
            TraceParent = ActivityContext.TryParse(request.Traceparent, null, out var parent) ? parent : default,
        };
    }

    private static Profile ProfileOf(string policy, string name)
    {
        var parsed = RecentPolicies.Parse(policy, "policy");
        if (parsed.Document is null)
        {
            throw Failure(StatusCode.InvalidArgument, string.Join('\n', parsed.Errors));
        }

        if (!parsed.Document.Profiles.TryGetValue(name, out var profile))
        {
            throw Failure(StatusCode.InvalidArgument, $"profile '{name}' is not in the policy");
        }

        var unsupported = PolicySupport.Unsupported(profile);
        return unsupported.Count == 0 ? profile : throw Failure(StatusCode.FailedPrecondition, string.Join('\n', unsupported));
    }

    private async Task<int> CloseAsync(string id, string reason, CancellationToken cancellationToken)
    {
        if (!registry.TryRemove(id, out var session))
        {
            return 0;
        }

        var connections = session.Connections.Count;
        session.Cancel();
        await gate.CloseAsync(session, reason, cancellationToken);
        session.Dispose();
        LogClosed(id, reason, connections);
        return connections;
    }

    private static RpcException Failure(StatusCode code, string message) => new(new Status(code, message));

    [LoggerMessage(1, LogLevel.Information, "Session {Session} opened with profile {Profile}")]
    private partial void LogOpened(string session, string profile);

    [LoggerMessage(3, LogLevel.Information, "Session {Session} frozen; {Connections} connections cut")]
    private partial void LogFrozen(string session, int connections);

    [LoggerMessage(4, LogLevel.Information, "Session {Session} thawed")]
    private partial void LogThawed(string session);

    [LoggerMessage(5, LogLevel.Information, "Session {Session} goes on under a changed profile {Profile}")]
    private partial void LogChanged(string session, string profile);

    [LoggerMessage(2, LogLevel.Information, "Session {Session} closed ({Reason}); {Connections} connections cut")]
    private partial void LogClosed(string session, string reason, int connections);
}

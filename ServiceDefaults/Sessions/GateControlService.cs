using System.Diagnostics;
using Grpc.Core;
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
            var path = listeners?.Open(session, component.Name) ?? "";
            LogOpened(session.Id, session.Profile.Name);
            return new OpenSessionResponse { SocketPath = path };
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

    private static SessionContext Accept(OpenSessionRequest request)
    {
        if (request.SessionId.Length is 0 or > 40 || request.SessionId.Any(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c != '-'))
        {
            throw Failure(StatusCode.InvalidArgument, $"session_id '{request.SessionId}' is not [a-z0-9-]{{1,40}}");
        }

        var parsed = PolicyParser.Parse(request.Policy, "policy");
        if (parsed.Document is null)
        {
            throw Failure(StatusCode.InvalidArgument, string.Join('\n', parsed.Errors));
        }

        if (!parsed.Document.Profiles.TryGetValue(request.Profile, out var profile))
        {
            throw Failure(StatusCode.InvalidArgument, $"profile '{request.Profile}' is not in the policy");
        }

        var unsupported = PolicySupport.Unsupported(profile);
        if (unsupported.Count > 0)
        {
            throw Failure(StatusCode.FailedPrecondition, string.Join('\n', unsupported));
        }

        return new SessionContext
        {
            Id = request.SessionId,
            Profile = profile,
            Workspace = request.Workspace is { Length: > 0 } path ? path : null,
            Directory = request.SessionDirectory,
            SandboxUid = request.SandboxUid,
            TraceParent = ActivityContext.TryParse(request.Traceparent, null, out var parent) ? parent : default,
        };
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

    [LoggerMessage(2, LogLevel.Information, "Session {Session} closed ({Reason}); {Connections} connections cut")]
    private partial void LogClosed(string session, string reason, int connections);
}

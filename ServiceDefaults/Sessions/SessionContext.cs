using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>One session as a gate knows it. Lives from OpenSession to CloseSession; gates keep their own state in <see cref="State"/>.</summary>
public sealed class SessionContext : IDisposable
{
    private readonly CancellationTokenSource closed = new();
    private bool frozen;
    private Profile profile = null!;

    /// <summary>The token is taken while its source lives: those who wait on it may ask for it after <see cref="Dispose"/>.</summary>
    public SessionContext() => Closed = closed.Token;

    public required string Id { get; init; }

    /// <summary>What it may do now. Read once for one decision: the operator may change it.</summary>
    public required Profile Profile { get => Volatile.Read(ref profile); init => profile = value; }

    /// <summary>Absolute host path that <c>${workspace}</c> stands for; null when the session has none.</summary>
    public string? Workspace { get; init; }

    /// <summary>The session's directory; the gate's socket is in it.</summary>
    public required string Directory { get; init; }

    /// <summary>The only uid that may connect.</summary>
    public required uint SandboxUid { get; init; }

    /// <summary>Owner of the session's private copy: the agent's uid, where that is another than the one that connects; null for the same.</summary>
    public uint? CopyUid { get; init; }

    /// <summary>The session's trace; calls on its socket are its children whatever headers the agent sends.</summary>
    public ActivityContext TraceParent { get; init; }

    /// <summary>Cancelled when the session is closed: every wait on its behalf ends.</summary>
    public CancellationToken Closed { get; }

    /// <summary>While true nothing is served: the session has no connections and gets none.</summary>
    public bool IsFrozen => Volatile.Read(ref frozen);

    /// <summary>Neither closed nor frozen.</summary>
    internal bool IsServed => !IsFrozen && !Closed.IsCancellationRequested;

    /// <summary>What froze the session on this gate, when it was an alarm.</summary>
    internal Contracts.Gate.V1.Alarm? Alarm { get; private set; }

    /// <summary>A certificate authority (PEM) that the session's programs should trust, as the gate answers for others with it; set in <see cref="ISessionGate.OpenAsync"/>.</summary>
    public string? Authority { get; set; }

    /// <summary>The gate's own per-session state, set in <see cref="ISessionGate.OpenAsync"/>.</summary>
    public FeatureCollection State { get; } = new();

    /// <summary>What cuts each live connection, by its id.</summary>
    internal ConcurrentDictionary<string, Action> Connections { get; } = new(StringComparer.Ordinal);

    private int handed;

    /// <summary>True once: a sandbox has one loopback.</summary>
    internal bool TryTakeListener() => Interlocked.Exchange(ref handed, 1) == 0;

    internal void Cancel() => closed.Cancel();

    internal void Change(Profile next) => Volatile.Write(ref profile, next);

    /// <summary>The flag before the cut: a connection that comes meanwhile sees it, or is seen by the cut.</summary>
    /// <returns>Connections cut.</returns>
    internal int Freeze(Contracts.Gate.V1.Alarm? alarm = null)
    {
        Alarm ??= alarm;
        Volatile.Write(ref frozen, true);
        return CutConnections();
    }

    internal void Thaw()
    {
        Alarm = null;
        Volatile.Write(ref frozen, false);
    }

    internal int CutConnections()
    {
        var cuts = Connections.Values;
        foreach (var cut in cuts)
        {
            cut();
        }

        return cuts.Count;
    }

    public void Dispose() => closed.Dispose();
}

/// <summary>What a gate does when sessions come and go.</summary>
public interface ISessionGate
{
    /// <summary>Prepares the session before its socket accepts. Throwing refuses the session.</summary>
    ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken);

    /// <summary>Whether this session's sandbox may speak to this gate: without, there is no socket to speak to.</summary>
    bool HasSocket(SessionContext session) => true;

    /// <summary>Releases what the session held; its connections are cut already. Must not throw for a half-opened session.</summary>
    ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken);

    /// <summary>Throws <see cref="SessionRefusedException"/> when this gate could not serve the session under that profile.</summary>
    void CheckChange(SessionContext session, Profile wanted)
    {
    }

    /// <summary>The session has another profile now: ends what is under way and not allowed by it. Decisions are made by the new one already.</summary>
    ValueTask ChangeAsync(SessionContext session, Profile former, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Takes back what the session holds beyond its connections, which are cut already. Called once or more before a thaw.</summary>
    ValueTask FreezeAsync(SessionContext session, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    /// <summary>Undoes <see cref="FreezeAsync"/>, before anything is served again.</summary>
    ValueTask ThawAsync(SessionContext session, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

/// <summary>Thrown by <see cref="ISessionGate.OpenAsync"/> when the session cannot be served as its profile demands.</summary>
public sealed class SessionRefusedException(string message, Exception? inner = null) : Exception(message, inner);

internal sealed record SessionFeature(SessionContext Session);

public static class SessionHttpContextExtensions
{
    /// <summary>The session a request belongs to: the socket it came through. Throws when it came through another door.</summary>
    public static SessionContext Session(this HttpContext context) =>
        context.Features.Get<SessionFeature>()?.Session
        ?? throw new InvalidOperationException("This endpoint is served on session sockets only.");

    /// <summary>Makes a connection the session's, as if Kestrel had accepted it on the session's socket: for what a gate's own protocol hands on to Kestrel.</summary>
    public static void AssignTo(this ConnectionContext connection, SessionContext session)
    {
        connection.SetOrigin(ConnectionOrigin.Session);
        connection.Features.Set(new SessionFeature(session));
    }

    /// <summary>The session of a raw connection, for connection middleware.</summary>
    public static SessionContext Session(this ConnectionContext connection) =>
        connection.Features.Get<SessionFeature>()?.Session
        ?? throw new InvalidOperationException("Not a session connection.");
}

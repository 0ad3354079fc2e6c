using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SecureAgent.ServiceDefaults.Sessions;

/// <summary>The open sessions of this process.</summary>
public sealed class SessionRegistry
{
    private readonly ConcurrentDictionary<string, SessionContext> sessions = new(StringComparer.Ordinal);

    public IReadOnlyCollection<SessionContext> All => [.. sessions.Values];

    public bool TryGet(string id, [NotNullWhen(true)] out SessionContext? session) => sessions.TryGetValue(id, out session);

    internal bool TryAdd(SessionContext session) => sessions.TryAdd(session.Id, session);

    internal bool TryRemove(string id, [NotNullWhen(true)] out SessionContext? session) => sessions.TryRemove(id, out session);
}

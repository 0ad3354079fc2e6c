using System.Security.Cryptography;
using System.Text;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.AgentRunner.Operators;

/// <param name="Id">As in the audit log; no secret.</param>
/// <param name="Key">Proves the session; kept by the console for one browser, and here as its hash only.</param>
internal sealed record OperatorSession(string Id, string Key, DateTimeOffset Expires);

/// <summary>
/// One-time login tokens and the sessions they become. Both are 256 random bits, kept as SHA-256 in memory alone: a restart of the runner ends them all.
/// </summary>
internal sealed class OperatorLogins(TimeProvider time)
{
    /// <summary>Logins that may wait to be redeemed.</summary>
    public const int MostWaiting = 16;

    /// <summary>Sessions at a time; the one that ends first makes room.</summary>
    public const int MostSessions = 64;

    public static readonly TimeSpan LoginLifetime = TimeSpan.FromMinutes(2);

    /// <summary>Fixed from the login on; use does not make it longer.</summary>
    public static readonly TimeSpan SessionLifetime = TimeSpan.FromHours(12);

    private readonly Dictionary<string, DateTimeOffset> waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Id, DateTimeOffset Expires)> sessions = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    /// <summary>Null when too many wait already.</summary>
    public (string Token, DateTimeOffset Expires)? Create()
    {
        lock (gate)
        {
            Forget();
            if (waiting.Count >= MostWaiting)
            {
                return null;
            }

            var (token, expires) = (NewKey(), time.GetUtcNow() + LoginLifetime);
            waiting[HashOf(token)] = expires;
            return (token, expires);
        }
    }

    /// <summary>Takes a token, whatever comes of it; null when it is not one that waits.</summary>
    public OperatorSession? Redeem(string token)
    {
        lock (gate)
        {
            Forget();
            if (!waiting.Remove(HashOf(token)))
            {
                return null;
            }

            if (sessions.Count >= MostSessions)
            {
                sessions.Remove(sessions.MinBy(session => session.Value.Expires).Key);
            }

            var session = new OperatorSession(Identifiers.New("o"), NewKey(), time.GetUtcNow() + SessionLifetime);
            sessions[HashOf(session.Key)] = (session.Id, session.Expires);
            return session;
        }
    }

    /// <summary>The id of the session a key proves; null when it proves none.</summary>
    public string? Find(string key)
    {
        lock (gate)
        {
            Forget();
            return sessions.TryGetValue(HashOf(key), out var session) ? session.Id : null;
        }
    }

    /// <summary>The id of the session that ended; null when there was none.</summary>
    public string? End(string key)
    {
        lock (gate)
        {
            return sessions.Remove(HashOf(key), out var session) ? session.Id : null;
        }
    }

    private void Forget()
    {
        var now = time.GetUtcNow();
        foreach (var (hash, _) in waiting.Where(login => login.Value <= now).ToList())
        {
            waiting.Remove(hash);
        }

        foreach (var (hash, _) in sessions.Where(session => session.Value.Expires <= now).ToList())
        {
            sessions.Remove(hash);
        }
    }

    private static string NewKey() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32));

    /// <summary>Looked up by hash, so that how long a look-up takes says nothing of the key.</summary>
    private static string HashOf(string key) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
}

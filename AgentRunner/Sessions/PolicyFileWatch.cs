using System.Collections.Concurrent;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>Living sessions follow the file their policy came from. An edit that cannot be taken is said once, and the former document stays in force.</summary>
/// <remarks>
/// Once an agent of this server may write files, an edit could be an agent's: then it is the operator who puts it in force, with <c>session policy</c>.
/// Looked at twice a second instead of watched: editors replace files, and a link's target may be anywhere.
/// </remarks>
internal sealed class PolicyFileWatch(SessionManager sessions, PolicyChanger changer, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>The last text that was not taken, by session.</summary>
    private readonly ConcurrentDictionary<string, string> refused = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            var living = sessions.All.Where(session => !session.Ended.IsCompleted && session.Plan.IsOfAFile).ToList();
            await Task.WhenAll(living.Select(FollowAsync));
            foreach (var gone in refused.Keys.Except(living.Select(session => session.Identity.Id)))
            {
                refused.TryRemove(gone, out _);
            }
        }
    }

    private async Task FollowAsync(AgentSession session)
    {
        var (id, file) = (session.Identity.Id, session.Plan.PolicySource);
        if (Read(file) is not { } text || text == session.Plan.PolicyText || text == refused.GetValueOrDefault(id))
        {
            return;
        }

        if (sessions.HadWriters)
        {
            Refuse(session, text, $"agents of this server may write files, so look at it first, then: secure-agent session policy {id} --policy {file}");
            return;
        }

        try
        {
            await changer.ChangeAsync(session, text, file);
        }
        catch (SessionRefusedException refusal)
        {
            Refuse(session, text, refusal.Message);
        }
    }

    private void Refuse(AgentSession session, string text, string why)
    {
        refused[session.Identity.Id] = text;
        session.Tell("policy_refused", $"the change of {session.Plan.PolicySource} is not in force: {why}");
    }

    /// <summary>Null while it cannot be read: between an editor's two steps, or for good; the document in force stays.</summary>
    private static string? Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}

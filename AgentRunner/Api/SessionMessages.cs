using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Api;

internal static class SessionMessages
{
    public static Session Of(AgentSession session)
    {
        var message = new Session
        {
            SessionId = session.Identity.Id,
            State = session.Ended.IsCompletedSuccessfully ? SessionState.Ended : session.IsFrozen ? SessionState.Frozen : SessionState.Running,
            Name = session.Plan.Name,
            HasTerminal = session.Plan.Terminal is not null,
            Profile = session.Plan.Profile.Name,
            Workspace = session.Plan.Workspace,
            StartedUnixMs = session.Identity.Started.ToUnixTimeMilliseconds(),
            Summary = session.Ended.IsCompletedSuccessfully ? session.Ended.Result : null,
        };
        message.Degraded.AddRange(session.Plan.Degraded.Select(layer => layer.Name));
        return message;
    }
}

using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using SecureAgent.AgentRunner.Gates;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>Puts a living session under a changed document: on record first, then on every gate. One at a time.</summary>
internal sealed class PolicyChanger(GateSet gates, AuditLog audit) : IDisposable
{
    private readonly SemaphoreSlim one = new(1, 1);

    /// <summary>Throws <see cref="SessionRefusedException"/>: then nothing has changed, or the session is frozen because a gate did not take what all had agreed to.</summary>
    public async Task ChangeAsync(AgentSession session, string text, string source)
    {
        await one.WaitAsync();
        try
        {
            await ChangeLockedAsync(session, text, source);
        }
        finally
        {
            one.Release();
        }
    }

    public void Dispose() => one.Dispose();

    private async Task ChangeLockedAsync(AgentSession session, string text, string source)
    {
        var plan = session.Plan;
        var next = plan with { Profile = SessionRequestValidator.ProfileOf(text, source, plan.Profile.Name), PolicyText = text, PolicySource = source };
        if (PolicyChange.Refusals(plan.Profile, next.Profile) is [_, ..] refusals)
        {
            throw new SessionRefusedException(StatusCode.FailedPrecondition, $"{source}, profile {plan.Profile.Name}: {string.Join('\n', refusals)}");
        }

        var request = new ChangePolicyRequest { SessionId = session.Identity.Id, Policy = text, Profile = plan.Profile.Name };
        await AskAsync(new ChangePolicyRequest(request) { OnlyCheck = true });
        await RecordAsync(session, next);
        try
        {
            await AskAsync(request);
        }
        catch (SessionRefusedException)
        {
            await session.FreezeAsync($"{source} is in force on some gates only");
            throw;
        }

        session.GoOnUnder(next);
    }

    private async Task AskAsync(ChangePolicyRequest request)
    {
        try
        {
            await gates.ChangePolicyAsync(request);
        }
        catch (GateException failure)
        {
            throw new SessionRefusedException(
                failure.Status is StatusCode.InvalidArgument or StatusCode.FailedPrecondition ? failure.Status : StatusCode.Unavailable, failure.Message, failure);
        }
    }

    private async Task RecordAsync(AgentSession session, SessionPlan next)
    {
        try
        {
            await audit.AppendDurableAsync(new AuditEntry("session.policy_changed", AuditPlanes.Session)
            {
                Session = session.Identity.Id,
                Trace = session.Identity.TraceId,
                Facts =
                [
                    AuditFact.Of("profile", next.Profile.Name), AuditFact.Of("source", next.PolicySource),
                    AuditFact.Of("policySha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(next.PolicyText)))),
                ],
            });
        }
        catch (AuditUnavailableException failure)
        {
            throw new SessionRefusedException(StatusCode.Unavailable, failure.Message, failure);
        }
    }
}

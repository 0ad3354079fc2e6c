using SecureAgent.AgentRunner.Reports;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.Policy;
using SecureAgent.Policy.Suggesting;
using SecureAgent.ServiceDefaults;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Approvals;

/// <summary>A request that a gate holds until the operator has decided.</summary>
/// <param name="Id">This server's, never used twice: a gate that restarts counts its questions from one again, and an answer must not meet another question than was read.</param>
internal sealed record WaitingApproval(string Id, QuestionKey Key, Question Question, AgentSession Session)
{
    /// <summary>For the operator: what the agent chose the words of is escaped.</summary>
    public Approval Describe()
    {
        var plan = Session.Plan;
        var reason = ReasonCodes.TryParse(Question.Reason, out var known) ? known : ReasonCode.NoRule;
        return new Approval
        {
            ApprovalId = Id,
            SessionId = Question.SessionId,
            SessionName = plan.Name,
            Profile = plan.Profile.Name,
            Plane = Question.Plane,
            Subject = UntrustedText.Unambiguous(Question.Subject),
            Reason = reason.Name(),
            Rule = Question.Rule,
            Detail = string.Join('\n', Question.Detail.Split('\n').Select(UntrustedText.Unambiguous)),
            Suggestion = Suggestions.For(plan.Profile, Question.Plane, Question.Subject, reason),
            ExpiresUnixMs = Question.ExpiresUnixMs,
            PolicySource = plan.PolicySource,
            PolicyDiff = Question.Plane == AuditPlanes.Egress ? PolicyProposal.ForHost(plan.PolicyText, plan.PolicySource, plan.Profile, Question.Subject) : "",
        };
    }
}

/// <summary>Which question of which gate.</summary>
internal readonly record struct QuestionKey(string Gate, string Session, string Id);

using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>Decisions in words a model can act on.</summary>
internal static class Refusals
{
    public static OpenAiError Explain(SessionContext session, string model, Decision decision) => OpenAiError.Denied(
        decision,
        decision.Reason switch
        {
            ReasonCode.NoRule => "This session may not call any model: its profile has no 'inference' section.",
            ReasonCode.ModelNotAllowed => "This session may not call that model; GET /v1/models lists those it may.",
            ReasonCode.TokenBudgetExceeded => "The session's token budget is used up, or what is left of it is smaller than this prompt.",
            _ => $"The call was refused ({decision.Reason.Name()}).",
        },
        Suggestions.For(session.Profile, AuditPlanes.Inference, model, decision.Reason));

    public static OpenAiError BudgetEnded() =>
        new(StatusCodes.Status429TooManyRequests, "insufficient_quota", ReasonCode.TokenBudgetExceeded, "The session's token budget ended before the answer did.");
}

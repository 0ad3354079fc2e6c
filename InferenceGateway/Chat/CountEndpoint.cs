using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.Policy.Inference;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary><c>POST /v1/messages/count_tokens</c>: the figure that a call's prompt would be reserved with. Nothing reaches a backend and nothing is spent.</summary>
internal sealed class CountEndpoint(IModelBackend backend, InferenceAudit audit, InferenceGatewayTelemetry telemetry, ILogger<CountEndpoint> log)
{
    public async Task ServeAsync(HttpContext context, IDialect dialect)
    {
        var session = context.Session();
        var (request, error) = await RequestReading.ReadAsync(context, dialect);
        var prompt = request is null ? 0 : ApproximateTokens.OfPrompt(request);
        var decision = request is null ? Decision.Deny(error!.Reason) : InferenceRules.DecideModel(session.Profile, request.Model);
        try
        {
            if (request is not null && decision.IsAllowed)
            {
                audit.Counted(session, request.Model, backend.Name, prompt);
                context.Response.ContentType = "application/json";
                await context.Response.Body.WriteAsync(JsonBytes.Object(json => json.WriteNumber("input_tokens", prompt)), context.RequestAborted);
                return;
            }

            audit.Decided(session, request?.Model ?? "", decision, backend.Name, dialect.Name, prompt, stream: false);
            telemetry.Decided(decision);
            await (error ?? Refusals.Explain(session, request!.Model, decision)).WriteAsync(context, dialect);
        }
        catch (AuditUnavailableException unavailable)
        {
            log.AuditUnavailable(unavailable, session.Id);
            await OpenAiError.AuditUnavailable().WriteAsync(context, dialect);
        }
    }
}

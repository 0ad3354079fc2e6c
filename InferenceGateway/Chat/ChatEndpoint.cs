using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Budget;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.Policy.Inference;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>
/// <c>POST /v1/chat/completions</c>.
/// <code>
/// read → decide model → reserve tokens → record decision → backend → answer → record receipt
///          └────────────── any no: record, OpenAI error ──────────────┘
/// </code>
/// </summary>
internal sealed class ChatEndpoint(
    IModelBackend backend, InferenceAudit audit, InferenceGatewayTelemetry telemetry, TimeProvider time, ILogger<ChatEndpoint> log)
{
    /// <summary>Stands for the model in records of requests that could not be read.</summary>
    private const string NoModel = "";

    public async Task ServeAsync(HttpContext context)
    {
        var session = context.Session();
        try
        {
            await JudgeAsync(context, session);
        }
        catch (AuditUnavailableException error)
        {
            log.AuditUnavailable(error, session.Id);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await OpenAiError.AuditUnavailable().WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || session.Closed.IsCancellationRequested)
        {
            // Whoever asked is gone; the receipt is written already.
            context.Abort();
        }
    }

    private async Task JudgeAsync(HttpContext context, SessionContext session)
    {
        var (request, error) = await ReadAsync(context);
        if (request is null)
        {
            await RefuseAsync(context, session, NoModel, Decision.Deny(error!.Reason), error, 0, stream: false);
            return;
        }

        var prompt = ApproximateTokens.OfPrompt(request);
        var decision = InferenceRules.DecideModel(session.Profile, request.Model);
        TokenLedger.Reservation? reservation = null;
        if (decision.IsAllowed)
        {
            decision = session.Ledger().Reserve(prompt, request.MaxTokens, out reservation);
        }

        if (reservation is null)
        {
            await RefuseAsync(context, session, request.Model, decision, Refusals.Explain(session, request.Model, decision), prompt, request.Stream);
            return;
        }

        var receipt = new Receipt(audit, telemetry, reservation, session, request.Model, backend.Name, prompt, time);
        try
        {
            audit.Decided(session, request.Model, decision, backend.Name, prompt, request.Stream);
            telemetry.Decided(decision);
            await AnswerAsync(context, new BackendCall(session, request, reservation.AnswerLimit, context.Request.Headers), reservation.Ceiling, receipt);
        }
        finally
        {
            receipt.CloseUnwritten();
        }
    }

    private async Task AnswerAsync(HttpContext context, BackendCall call, long ceiling, Receipt receipt)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, call.Session.Closed);
        try
        {
            switch (await backend.AnswerAsync(call, ended.Token))
            {
                case BackendAnswer.Whole whole:
                    receipt.Write(whole.Usage, Outcomes.Completed);
                    context.Response.ContentType = "application/json";
                    await context.Response.Body.WriteAsync(whole.Json, ended.Token);
                    break;
                case BackendAnswer.Streamed streamed:
                    await new AnswerStream(context.Response, receipt, ceiling, call.Request.IncludeUsage).SendAsync(streamed.Chunks, ended.Token);
                    break;
                case BackendAnswer.Failed failed:
                    receipt.Write(default, Outcomes.Failed, failed.Error.Reason);
                    log.BackendFailed(call.Session.Id, backend.Name, failed.Error.Status, failed.Error.Reason.Name());
                    await failed.Error.WriteAsync(context);
                    break;
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            receipt.WriteSoFar(Outcomes.Cancelled);
            throw;
        }
    }

    private async Task RefuseAsync(HttpContext context, SessionContext session, string model, Decision decision, OpenAiError error, long prompt, bool stream)
    {
        audit.Decided(session, model, decision, backend.Name, prompt, stream);
        telemetry.Decided(decision);
        await error.WriteAsync(context);
    }

    private static async Task<(ChatRequest? Request, OpenAiError? Error)> ReadAsync(HttpContext context)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, ChatRequestReader.JsonOptions, context.RequestAborted);
            return ChatRequestReader.TryRead(document.RootElement.Clone(), out var request, out var error) ? (request, null) : (null, error);
        }
        catch (JsonException error)
        {
            return (null, OpenAiError.Invalid($"The body is not valid JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine}), or a member stands twice in it."));
        }
        catch (InvalidOperationException)
        {
            // JsonElement.GetString: a lone surrogate escape such as \ud800.
            return (null, OpenAiError.Invalid("A text in the body is not valid Unicode."));
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, new OpenAiError(
                StatusCodes.Status413PayloadTooLarge, "invalid_request_error", ReasonCode.RequestTooLarge, "The request is larger than this gateway accepts; send fewer or shorter messages."));
        }
    }
}

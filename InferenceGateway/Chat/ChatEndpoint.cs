using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.Budget;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.Policy.Inference;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>
/// A call of a model, in whatever dialect.
/// <code>
/// read → decide model → reserve tokens → record decision → backend → answer → record receipt
///          └────────── any no: record, error in the dialect's shape ──────────┘
/// </code>
/// </summary>
internal sealed class ChatEndpoint(
    IModelBackend backend, InferenceAudit audit, InferenceGatewayTelemetry telemetry, TimeProvider time, ILogger<ChatEndpoint> log)
{
    /// <summary>Stands for the model in records of requests that could not be read.</summary>
    private const string NoModel = "";

    public async Task ServeAsync(HttpContext context, IDialect dialect)
    {
        var session = context.Session();
        try
        {
            await JudgeAsync(context, session, dialect);
        }
        catch (AuditUnavailableException error)
        {
            log.AuditUnavailable(error, session.Id);
            if (context.Response.HasStarted)
            {
                context.Abort();
                return;
            }

            await OpenAiError.AuditUnavailable().WriteAsync(context, dialect);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested || session.Closed.IsCancellationRequested)
        {
            // Whoever asked is gone; the receipt is written already.
            context.Abort();
        }
    }

    private async Task JudgeAsync(HttpContext context, SessionContext session, IDialect dialect)
    {
        var (request, error) = await RequestReading.ReadAsync(context, dialect);
        if (request is null)
        {
            await RefuseAsync(context, session, dialect, NoModel, Decision.Deny(error!.Reason), error, 0, stream: false);
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
            await RefuseAsync(context, session, dialect, request.Model, decision, Refusals.Explain(session, request.Model, decision), prompt, request.Stream);
            return;
        }

        var receipt = new Receipt(audit, telemetry, reservation, session, request.Model, backend.Name, prompt, time);
        try
        {
            audit.Decided(session, request.Model, decision, backend.Name, dialect.Name, prompt, request.Stream);
            telemetry.Decided(decision);
            await AnswerAsync(context, new BackendCall(session, request, reservation.AnswerLimit, context.Request.Headers), dialect, reservation.Ceiling, receipt);
        }
        finally
        {
            receipt.CloseUnwritten();
        }
    }

    private async Task AnswerAsync(HttpContext context, BackendCall call, IDialect dialect, long ceiling, Receipt receipt)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, call.Session.Closed);
        try
        {
            switch (await backend.AnswerAsync(call, ended.Token))
            {
                case BackendAnswer.Whole whole:
                    await WholeAsync(context, call, dialect, whole, receipt, ended.Token);
                    break;
                case BackendAnswer.Streamed streamed:
                    var events = dialect.Events(call.Request, receipt.SoFar.Input);
                    await new AnswerStream(context.Response, receipt, ceiling, events).SendAsync(streamed.Chunks, ended.Token);
                    break;
                case BackendAnswer.Failed failed:
                    await FailAsync(context, call, dialect, failed.Error, default, receipt);
                    break;
            }
        }
        catch (OperationCanceledException) when (ended.IsCancellationRequested)
        {
            receipt.WriteSoFar(Outcomes.Cancelled);
            throw;
        }
    }

    private async Task WholeAsync(HttpContext context, BackendCall call, IDialect dialect, BackendAnswer.Whole whole, Receipt receipt, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> json;
        try
        {
            json = dialect.Whole(call.Request, whole.Json, whole.Usage);
        }
        catch (BackendFailedException failed)
        {
            await FailAsync(context, call, dialect, failed.Error, whole.Usage, receipt);
            return;
        }

        receipt.Write(whole.Usage, Outcomes.Completed);
        context.Response.ContentType = "application/json";
        await context.Response.Body.WriteAsync(json, cancellationToken);
    }

    private async Task FailAsync(HttpContext context, BackendCall call, IDialect dialect, OpenAiError error, Usage spent, Receipt receipt)
    {
        receipt.Write(spent, Outcomes.Failed, error.Reason);
        log.BackendFailed(call.Session.Id, backend.Name, error.Status, error.Reason.Name());
        await error.WriteAsync(context, dialect);
    }

    private async Task RefuseAsync(
        HttpContext context, SessionContext session, IDialect dialect, string model, Decision decision, OpenAiError error, long prompt, bool stream)
    {
        audit.Decided(session, model, decision, backend.Name, dialect.Name, prompt, stream);
        telemetry.Decided(decision);
        await error.WriteAsync(context, dialect);
    }
}

using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>How a call that was allowed came out; the closed set of <c>outcome</c> in receipts and telemetry.</summary>
internal static class Outcomes
{
    public const string Completed = "completed";

    /// <summary>The client went away or the session was closed.</summary>
    public const string Cancelled = "cancelled";

    /// <summary>The budget ended before the answer did.</summary>
    public const string Cut = "cut";
    public const string Failed = "failed";
}

/// <summary>
/// The records of the inference plane. A decision is written before the prompt reaches any backend; the receipt with the tokens before the last byte
/// of the answer leaves (before the first, when the answer is not streamed). Both throw <see cref="AuditUnavailableException"/>.
/// </summary>
internal sealed class InferenceAudit(AuditLog log)
{
    public const string ReceiptKind = "inference.receipt";
    public const string CountKind = "inference.count";
    public const string ListKind = "inference.models";

    public void Decided(SessionContext session, string model, Decision decision, string backend, string api, long promptTokens, bool stream) =>
        log.Append(new AuditEntry(AuditKinds.Decision, AuditPlanes.Inference)
        {
            Session = session.Id,
            Subject = model,
            Decision = decision,
            Trace = TraceOf(session),
            Facts = [AuditFact.Of("backend", backend), AuditFact.Of("api", api), AuditFact.Of("promptTokens", promptTokens), AuditFact.Of("stream", stream)],
        });

    public void Receipt(SessionContext session, string model, Usage usage, string outcome, ReasonCode? failure, TimeSpan took) =>
        log.Append(new AuditEntry(ReceiptKind, AuditPlanes.Inference)
        {
            Session = session.Id,
            Subject = model,
            Trace = TraceOf(session),
            Facts =
            [
                AuditFact.Of("tokensIn", usage.Input), AuditFact.Of("tokensOut", usage.Output), AuditFact.Of("tokens", usage.Total),
                AuditFact.Of("counted", usage.IsReported ? "backend" : "approximate"), AuditFact.Of("outcome", outcome),
                AuditFact.Of("failure", failure?.Name() ?? ""), AuditFact.Of("ms", (long)took.TotalMilliseconds),
            ],
        });

    public void Counted(SessionContext session, string model, string backend, long promptTokens) =>
        log.Append(new AuditEntry(CountKind, AuditPlanes.Inference)
        {
            Session = session.Id,
            Subject = model,
            Trace = TraceOf(session),
            Facts = [AuditFact.Of("backend", backend), AuditFact.Of("promptTokens", promptTokens)],
        });

    public void Listed(SessionContext session, string backend, int shown, int hidden) =>
        log.Append(new AuditEntry(ListKind, AuditPlanes.Inference)
        {
            Session = session.Id,
            Trace = TraceOf(session),
            Facts = [AuditFact.Of("backend", backend), AuditFact.Of("shown", shown), AuditFact.Of("hidden", hidden)],
        });

    private static string? TraceOf(SessionContext session) => session.TraceParent == default ? null : session.TraceParent.TraceId.ToHexString();
}

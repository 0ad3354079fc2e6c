using SecureAgent.InferenceGateway.Budget;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>Counts one call and writes its receipt exactly once; the reservation is settled whatever happens.</summary>
internal sealed class Receipt(
    InferenceAudit audit, InferenceGatewayTelemetry telemetry, TokenLedger.Reservation reservation, SessionContext session, string model, string backend,
    long promptTokens, TimeProvider time)
{
    private readonly long started = time.GetTimestamp();
    private bool written;

    /// <summary>Approximate tokens of answer released so far.</summary>
    public long Released { get; private set; }

    /// <summary>Approximate figures of what was asked and released.</summary>
    public Usage SoFar => new(promptTokens, Released, IsReported: false);

    public void Count(long tokens) => Released += tokens;

    /// <summary>For an answer that ended early.</summary>
    public void WriteSoFar(string outcome, ReasonCode? failure = null) => Write(SoFar, outcome, failure);

    public void Write(Usage usage, string outcome, ReasonCode? failure = null)
    {
        if (written)
        {
            return;
        }

        written = true;
        reservation.Settle(usage);
        var took = time.GetElapsedTime(started);
        telemetry.Answered(backend, outcome, usage, took);
        audit.Receipt(session, model, usage, outcome, failure, took);
    }

    /// <summary>A bug or a broken audit log ended the call: the tokens are spent all the same.</summary>
    public void CloseUnwritten() => reservation.Settle(SoFar);
}

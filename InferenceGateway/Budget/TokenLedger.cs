using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Inference;

namespace SecureAgent.InferenceGateway.Budget;

/// <summary>
/// Tokens of one session. A call reserves its prompt and the answer it may get before it starts, so that calls side by side cannot each
/// spend the last of the budget; what it did not use comes back.
/// </summary>
/// <param name="current">The session's profile now.</param>
internal sealed class TokenLedger(Func<Profile> current)
{
    /// <summary>Tokens set aside for an answer whose caller set no limit.</summary>
    public const long UnstatedAnswer = 4096;

    private readonly Lock gate = new();
    private long used;
    private long reserved;

    /// <summary>Tokens spent, in and out.</summary>
    public long Used
    {
        get
        {
            lock (gate)
            {
                return used;
            }
        }
    }

    /// <param name="prompt">Approximate tokens of the prompt.</param>
    /// <param name="wanted">The caller's limit on the answer.</param>
    /// <param name="reservation">Null when the decision denies.</param>
    public Decision Reserve(long prompt, long? wanted, out Reservation? reservation)
    {
        lock (gate)
        {
            reservation = null;
            var profile = current();
            var decision = InferenceRules.DecideTokens(profile, used + reserved + prompt);
            if (!decision.IsAllowed)
            {
                return decision;
            }

            var left = profile.Inference!.MaxTokens - used - reserved - prompt;
            var answer = Math.Min(wanted ?? UnstatedAnswer, left);
            reserved += prompt + answer;
            reservation = new Reservation(this, prompt + answer, wanted is null ? null : answer, left);
            return decision;
        }
    }

    private void Settle(long held, Usage usage)
    {
        lock (gate)
        {
            reserved -= held;
            used += Math.Max(0, usage.Input) + Math.Max(0, usage.Output);
        }
    }

    /// <summary>Tokens held for one call.</summary>
    internal sealed class Reservation(TokenLedger ledger, long held, long? answerLimit, long ceiling)
    {
        private bool settled;

        /// <summary>The limit to send to the model; null when the caller set none.</summary>
        public long? AnswerLimit => answerLimit;

        /// <summary>Tokens of answer at which a stream is cut whatever limit the model was given.</summary>
        public long Ceiling => ceiling;

        /// <summary>Counts what was spent. The first call counts; later ones do nothing.</summary>
        public void Settle(Usage usage)
        {
            if (!settled)
            {
                settled = true;
                ledger.Settle(held, usage);
            }
        }
    }
}

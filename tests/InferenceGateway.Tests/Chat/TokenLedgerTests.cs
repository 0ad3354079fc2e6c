using SecureAgent.InferenceGateway.Budget;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.Policy.Document;

namespace SecureAgent.InferenceGateway.Tests.Chat;

public sealed class TokenLedgerTests
{
    private static TokenLedger Ledger(long maxTokens) => new(() => Allowing(maxTokens));

    private static Profile Allowing(long maxTokens) => new("p", 1) { Inference = new InferencePolicy([], maxTokens, new RuleRef("inference", "", 1)) };

    [Fact]
    public void Budget_ThatChangesMeanwhile_CountsFromTheNextCall_AndWhatWasSpentStaysSpent()
    {
        var profile = Allowing(100);
        var ledger = new TokenLedger(() => profile);
        Assert.True(ledger.Reserve(90, 1, out _).IsAllowed);

        profile = Allowing(50);
        Assert.False(ledger.Reserve(1, 1, out _).IsAllowed);

        profile = Allowing(1000);
        Assert.True(ledger.Reserve(1, 1, out _).IsAllowed);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(98, true)]
    [InlineData(99, true)]
    [InlineData(100, false)]
    [InlineData(101, false)]
    public void Reserve_PromptAgainstBudgetOf100_IsDecidedAtTheEdge(long prompt, bool allowed)
    {
        var decision = Ledger(100).Reserve(prompt, null, out var reservation);

        Assert.Equal(allowed, decision.IsAllowed);
        Assert.Equal(allowed, reservation is not null);
        Assert.Equal(allowed ? ReasonCode.AllowedByRule : ReasonCode.TokenBudgetExceeded, decision.Reason);
    }

    [Fact]
    public void Reserve_WhileAnotherCallHoldsTheRest_IsDenied()
    {
        var ledger = Ledger(1000);
        ledger.Reserve(10, 990, out var first);

        Assert.False(ledger.Reserve(10, 1, out _).IsAllowed);

        // What the first call did not use comes back when it ends.
        first!.Settle(new Usage(10, 5, IsReported: true));
        Assert.True(ledger.Reserve(10, 1, out _).IsAllowed);
        Assert.Equal(15, ledger.Used);
    }

    [Fact]
    public void Settle_Twice_CountsOnce()
    {
        var ledger = Ledger(1000);
        ledger.Reserve(10, 10, out var reservation);

        reservation!.Settle(new Usage(10, 5, IsReported: true));
        reservation.Settle(new Usage(10, 5, IsReported: true));

        Assert.Equal(15, ledger.Used);
    }

    [Fact]
    public void AnswerLimit_OverWhatIsLeft_IsCutToIt()
    {
        Ledger(1000).Reserve(100, 5000, out var cut);
        Ledger(1000).Reserve(100, null, out var unstated);

        Assert.Equal(900, cut!.AnswerLimit);
        Assert.Null(unstated!.AnswerLimit);
        Assert.Equal(900, unstated.Ceiling);
    }

    [Fact]
    public async Task Reserve_ManyAtOnce_NeverHoldsMoreThanTheBudget()
    {
        var ledger = Ledger(10_000);
        var granted = 0;
        await Parallel.ForAsync(0, 500, (_, _) =>
        {
            if (ledger.Reserve(50, 50, out var reservation).IsAllowed)
            {
                Interlocked.Increment(ref granted);
            }

            return ValueTask.CompletedTask;
        });

        Assert.Equal(100, granted);
    }
}

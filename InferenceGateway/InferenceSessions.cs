using SecureAgent.InferenceGateway.Budget;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.InferenceGateway;

/// <summary>Gives each session its token ledger. A profile without <c>inference</c> still gets a socket: every call on it is refused, with a record.</summary>
internal sealed class InferenceSessions : ISessionGate
{
    public ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        session.State.Set(new TokenLedger(() => session.Profile));
        return ValueTask.CompletedTask;
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken) => ValueTask.CompletedTask;
}

internal static class InferenceSessionExtensions
{
    public static TokenLedger Ledger(this SessionContext session) =>
        session.State.Get<TokenLedger>() ?? throw new InvalidOperationException("The session is not open on this gate.");
}

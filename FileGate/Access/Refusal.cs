using System.Text.Json.Serialization;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;

namespace SecureAgent.FileGate.Access;

/// <summary>A refusal a model can act on.</summary>
/// <param name="Reason">Wire name of the <see cref="ReasonCode"/>.</param>
/// <param name="Rule">The rule that decided, or <c>no rule</c>.</param>
/// <param name="Message">What was refused and why, in one sentence.</param>
/// <param name="Ask">Policy lines the user could add to allow it; null when none may.</param>
internal sealed record Refusal(
    [property: JsonIgnore] ReasonCode Code, string Reason, string Rule, string Message, string? Ask)
{
    private const int ShownPath = 200;

    /// <summary>Of the file of which a range was asked that it does not have.</summary>
    [JsonIgnore]
    public long? Size { get; init; }

    public static Refusal Of(FileSession session, string path, Decision decision)
    {
        var ask = Suggestions.For(session.Context.Profile, "files", path, decision.Reason);
        return new Refusal(
            decision.Reason,
            decision.Reason.Name(),
            decision.Rule?.ToString() ?? "no rule",
            Sentence(path.Length > ShownPath ? path[..ShownPath] + "…" : path, decision),
            ask.Length == 0 ? null : ask);
    }

    /// <summary>Whether it is of one file alone: whoever takes many leaves that one out. Any other would cut off everything after it without a sign.</summary>
    public static bool ConcernsOneFile(ReasonCode reason) => reason is ReasonCode.NoRule or ReasonCode.DeniedByRule or ReasonCode.PathHidden
        or ReasonCode.PathEscapes or ReasonCode.NotFound or ReasonCode.NotRegularFile or ReasonCode.HardLinked or ReasonCode.FileTooLarge
        or ReasonCode.AccessNotGranted or ReasonCode.SecretFound or ReasonCode.TypeNotAllowed;

    private static string Sentence(string path, Decision decision) => decision.Reason switch
    {
        ReasonCode.NoRule => $"No rule of the policy allows '{path}'.",
        ReasonCode.DeniedByRule => $"A deny rule of the policy covers '{path}'.",
        ReasonCode.PathInvalid => $"'{path}' is not a path: use '/' between names, no empty, '.' or control characters, at most 4096 bytes.",
        ReasonCode.PathEscapes => $"'{path}' leads out of the workspace: it is absolute, climbs with '..', or passes a symbolic link or mount point.",
        ReasonCode.PathHidden => $"'{path}' has a hidden name and the policy does not show hidden files.",
        ReasonCode.NotFound => $"There is no '{path}'.",
        ReasonCode.NotRegularFile => $"'{path}' is not a regular file.",
        ReasonCode.HardLinked => $"'{path}' has more than one name (hard link), so it may belong to something outside the workspace.",
        ReasonCode.FileTooLarge => $"'{path}' is larger than the policy, or one answer of this kind, lets be read or written.",
        ReasonCode.BudgetExceeded => $"'{path}' would go over the session's budget of bytes or files, or its room for proposals.",
        ReasonCode.AccessNotGranted => $"Access to '{path}' is not granted.",
        ReasonCode.DeniedByOperator => $"The operator was asked whether '{path}' may be changed, and said no.",
        ReasonCode.AskTimedOut => $"The operator was asked whether '{path}' may be changed, and did not answer in time.",
        ReasonCode.SessionFrozen => "The session is frozen.",
        ReasonCode.SecretFound => $"'{path}' holds a secret and the policy blocks such files.",
        ReasonCode.TypeNotAllowed => $"The content of '{path}' is of no type that the policy allows.",
        ReasonCode.ChangeConflict => $"'{path}' is not what it was when it was read; read it again.",
        ReasonCode.RangeInvalid => $"The range asked of '{path}' is not one range within the file.",
        ReasonCode.RequestMalformed => $"The request for '{path}' has a page, pattern or limit that is none.",
        ReasonCode.AuditUnavailable => "The audit log cannot be written; nothing is released until it can.",
        ReasonCode.SessionClosed => "The session is closed.",
        ReasonCode.GateUnavailable => $"'{path}' could not be read just now.",
        _ => $"'{path}' is refused.",
    };
}

/// <summary>Either a value or why there is none.</summary>
internal readonly record struct Answer<T>(T? Value, Refusal? Refusal)
    where T : class
{
    public static implicit operator Answer<T>(T value) => new(value, null);

    public static implicit operator Answer<T>(Refusal refusal) => new(null, refusal);
}

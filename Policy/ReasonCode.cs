using System.Text.Json;

namespace SecureAgent.Policy;

/// <summary>
/// Why a decision came out as it did. A closed set: audit records, refusals and tests use the snake_case
/// names (<see cref="ReasonCodes.Name"/>); new members are added here and in docs/reason-codes.md only.
/// </summary>
public enum ReasonCode
{
    /// <summary>No rule matched; the default is deny.</summary>
    NoRule = 0,
    AllowedByRule,
    DeniedByRule,

    // files
    PathInvalid,
    PathEscapes,
    PathHidden,
    NotFound,
    NotRegularFile,
    HardLinked,
    FileTooLarge,
    BudgetExceeded,
    AccessNotGranted,
    RangeInvalid,
    SecretFound,
    ChangeConflict,
    TypeNotAllowed,

    // egress
    HostInvalid,
    PortNotAllowed,
    SchemeNotAllowed,
    MethodNotAllowed,
    PathNotAllowed,
    AddressPrivate,
    AddressMetadata,
    AddressSpecial,
    AddressOfHost,
    NameNotResolved,
    UpstreamUnreachable,
    UpstreamTimeout,
    ResponseTooLarge,
    TimeExceeded,
    ConnectionsExceeded,
    HostMismatch,
    TlsRequired,
    SniMissing,
    EchNotAllowed,
    UpgradeNotAllowed,
    CredentialForeign,
    PlaceholderMisplaced,
    RequestMalformed,
    DnsSink,
    ProxyBypassed,
    DeniedByOperator,
    AskTimedOut,

    // secrets
    SecretUnknown,
    CallerNotAllowed,
    DestinationMismatch,
    TokenInvalid,
    LeaseGone,
    SecretUnavailable,
    RateLimited,

    // inference
    ModelNotAllowed,
    TokenBudgetExceeded,
    RequestTooLarge,

    // any plane
    AuditUnavailable,
    SessionClosed,
    GateUnavailable,
    Unsupported,
    WallClock,
    OutputLimit,
    MemoryLimit,
    HoneypotTouched,
    SessionFrozen,
}

/// <summary>The stable wire names of <see cref="ReasonCode"/>.</summary>
public static class ReasonCodes
{
    private static readonly Dictionary<ReasonCode, string> Names =
        Enum.GetValues<ReasonCode>().ToDictionary(code => code, code => JsonNamingPolicy.SnakeCaseLower.ConvertName(code.ToString()));

    private static readonly Dictionary<string, ReasonCode> Codes = Names.ToDictionary(pair => pair.Value, pair => pair.Key, StringComparer.Ordinal);

    /// <summary>False, with <see cref="ReasonCode.NoRule"/>, for a name outside the set.</summary>
    public static bool TryParse(string name, out ReasonCode code) => Codes.TryGetValue(name, out code);

    public static string Name(this ReasonCode code) => Names[code];
}

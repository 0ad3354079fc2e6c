using Grpc.Core;
using Microsoft.AspNetCore.Http;
using SecureAgent.Policy;

namespace SecureAgent.FileGate.Access;

/// <summary>The only mapping from reasons to statuses. A reason that is not foreseen here is the gate's fault: 500.</summary>
internal static class RefusalStatus
{
    public static (int Http, StatusCode Grpc) Of(ReasonCode reason) => reason switch
    {
        ReasonCode.PathInvalid or ReasonCode.RequestMalformed => (StatusCodes.Status400BadRequest, StatusCode.InvalidArgument),
        ReasonCode.NoRule or ReasonCode.DeniedByRule or ReasonCode.PathEscapes or ReasonCode.PathHidden or ReasonCode.NotRegularFile
            or ReasonCode.HardLinked or ReasonCode.AccessNotGranted or ReasonCode.SecretFound or ReasonCode.HoneypotTouched or ReasonCode.TypeNotAllowed
            or ReasonCode.DeniedByOperator or ReasonCode.AskTimedOut => (StatusCodes.Status403Forbidden, StatusCode.PermissionDenied),
        ReasonCode.NotFound => (StatusCodes.Status404NotFound, StatusCode.NotFound),
        ReasonCode.ChangeConflict => (StatusCodes.Status409Conflict, StatusCode.Aborted),
        ReasonCode.FileTooLarge => (StatusCodes.Status413PayloadTooLarge, StatusCode.FailedPrecondition),
        ReasonCode.RangeInvalid => (StatusCodes.Status416RangeNotSatisfiable, StatusCode.OutOfRange),
        ReasonCode.BudgetExceeded => (StatusCodes.Status429TooManyRequests, StatusCode.ResourceExhausted),
        ReasonCode.AuditUnavailable or ReasonCode.SessionClosed or ReasonCode.SessionFrozen or ReasonCode.GateUnavailable =>
            (StatusCodes.Status503ServiceUnavailable, StatusCode.Unavailable),
        _ => (StatusCodes.Status500InternalServerError, StatusCode.Internal),
    };
}

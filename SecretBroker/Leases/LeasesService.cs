using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Policy;
using SecureAgent.Policy.Secrets;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Leases;

/// <summary>What gates call, on the service endpoint, each under its own service token.</summary>
internal sealed class LeasesService(LeaseIssuer issuer, AuditLog audit) : Contracts.Broker.V1.Leases.LeasesBase
{
    public override async Task<Lease> Draw(DrawRequest request, ServerCallContext context)
    {
        var caller = Caller(context, request.SessionId, request.Name);
        try
        {
            var issued = await issuer.DrawAsync(
                request.SessionId, new SecretRequest(caller, request.Name, request.Host, request.Port, request.Method), context.CancellationToken);

            // The message only borrows the pinned bytes; they are wiped when the reply has been written.
            context.GetHttpContext().Response.RegisterForDispose(issued);
            return new Lease
            {
                LeaseId = issued.Lease.Id,
                Value = UnsafeByteOperations.UnsafeWrap(issued.Secret.Value.Memory),
                Header = issued.Grant.Header,
                Prefix = issued.Grant.Prefix,
                ExpiresUnixMs = issued.Lease.ExpiresAt.ToUnixTimeMilliseconds(),
            };
        }
        catch (LeaseRefusedException refused)
        {
            throw Refused(refused.Reason is ReasonCode.SecretUnavailable ? StatusCode.Unavailable : StatusCode.PermissionDenied, refused.Reason, refused.Message);
        }
        catch (AuditUnavailableException error)
        {
            throw Refused(StatusCode.Unavailable, ReasonCode.AuditUnavailable, error.Message);
        }
    }

    public override async Task<RevokeResponse> Revoke(RevokeRequest request, ServerCallContext context)
    {
        await issuer.RevokeAsync(request.LeaseId, Caller(context, null, null));
        return new RevokeResponse();
    }

    /// <summary>Who proved itself. A call without a valid token is a decision as well, and on record.</summary>
    private string Caller(ServerCallContext context, string? session, string? name)
    {
        if (context.GetHttpContext().Caller() is { } caller)
        {
            return caller;
        }

        audit.Append(new AuditEntry(AuditKinds.Decision, AuditPlanes.Secrets)
        {
            Session = session, Subject = name, Decision = Decision.Deny(ReasonCode.TokenInvalid),
        });
        SecretBrokerTelemetry.Decided(Decision.Deny(ReasonCode.TokenInvalid), TimeSpan.Zero);
        throw Refused(StatusCode.Unauthenticated, ReasonCode.TokenInvalid, "a service token for secret-broker is needed");
    }

    private static RpcException Refused(StatusCode code, ReasonCode reason, string message) =>
        new(new Status(code, message), new Metadata { { SecretLeases.ReasonTrailer, reason.Name() } });
}

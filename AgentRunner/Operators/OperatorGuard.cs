using Grpc.AspNetCore.Server;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.AgentRunner.Operators;

/// <summary>
/// The operator's API on the loopback port: the caller must be the console, with the key of an operator's session. What changes anything is on record, with the
/// operator's id, before it is done.
/// </summary>
internal static class OperatorGuard
{
    private sealed record OperatorOnly;

    /// <summary>Calls that only look.</summary>
    private static readonly HashSet<string> Looks = new(StringComparer.Ordinal)
    {
        nameof(Contracts.Runner.V1.AgentRunner.AgentRunnerBase.GetSession), nameof(Contracts.Runner.V1.AgentRunner.AgentRunnerBase.ListSessions),
        nameof(Contracts.Runner.V1.AgentRunner.AgentRunnerBase.Approvals), nameof(Contracts.Runner.V1.AgentRunner.AgentRunnerBase.GetStatus),
        nameof(Contracts.Runner.V1.AgentRunner.AgentRunnerBase.ReadAudit), nameof(Contracts.Runner.V1.AgentRunner.AgentRunnerBase.VerifyAudit),
    };

    public static TBuilder ForOperators<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new OperatorOnly());

    /// <summary>Goes after the origin guard and the caller's identity.</summary>
    public static void UseOperatorGuard(this WebApplication app)
    {
        var logins = app.Services.GetRequiredService<OperatorLogins>();
        app.Use(async (context, next) =>
        {
            if (context.Origin() == ConnectionOrigin.Control || context.GetEndpoint()?.Metadata.GetMetadata<OperatorOnly>() is null)
            {
                await next(context);
                return;
            }

            if (context.Caller() != ComponentNames.Console || logins.Find(context.Request.Headers[GateHeaders.OperatorSession].ToString()) is not { } id)
            {
                context.Response.StatusCode = StatusCodes.Status401Unauthorized;
                return;
            }

            // An endpoint of no method is gRPC's answer to a name it does not know.
            if (context.GetEndpoint()!.Metadata.GetMetadata<GrpcMethodMetadata>()?.Method.Name is { } method && !Looks.Contains(method))
            {
                await app.Services.GetRequiredService<AuditLog>().AppendDurableAsync(
                    new AuditEntry("operator.call", AuditPlanes.Session) { Subject = id, Facts = [AuditFact.Of("method", method)] });
            }

            await next(context);
        });
    }
}

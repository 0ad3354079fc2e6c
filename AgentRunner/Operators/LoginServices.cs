using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Identity;

namespace SecureAgent.AgentRunner.Operators;

/// <summary>Makes one-time logins for whoever may use the runner's Unix socket.</summary>
internal sealed class LoginMintService(OperatorLogins logins, AuditLog audit) : LoginMint.LoginMintBase
{
    public override async Task<Login> CreateLogin(CreateLoginRequest request, ServerCallContext context)
    {
        await audit.AppendDurableAsync(new AuditEntry("operator.login_created", AuditPlanes.Session));
        var (token, expires) = logins.Create() ?? throw new RpcException(new Status(
            StatusCode.ResourceExhausted, $"{OperatorLogins.MostWaiting} logins wait to be used; use one, or wait {OperatorLogins.LoginLifetime.TotalMinutes:0} minutes until they are void"));
        return new Login { Token = token, ExpiresUnixMs = expires.ToUnixTimeMilliseconds() };
    }
}

/// <summary>Turns a login into a session, for the console. Every try is on record.</summary>
internal sealed class LoginsService(OperatorLogins logins, AuditLog audit) : Logins.LoginsBase
{
    public override async Task<Contracts.Runner.V1.OperatorSession> Redeem(RedeemRequest request, ServerCallContext context)
    {
        RequireConsole(context);
        if (logins.Redeem(request.Token) is not { } session)
        {
            await audit.AppendDurableAsync(new AuditEntry("operator.login_refused", AuditPlanes.Session));
            throw new RpcException(new Status(StatusCode.Unauthenticated, "this login was used, is older than two minutes, or is of another server"));
        }

        await audit.AppendDurableAsync(new AuditEntry("operator.login", AuditPlanes.Session) { Subject = session.Id });
        return new Contracts.Runner.V1.OperatorSession { OperatorId = session.Id, Key = session.Key, ExpiresUnixMs = session.Expires.ToUnixTimeMilliseconds() };
    }

    public override async Task<EndResponse> End(EndRequest request, ServerCallContext context)
    {
        RequireConsole(context);
        if (logins.End(context.RequestHeaders.GetValue(GateHeaders.OperatorSession) ?? "") is { } id)
        {
            await audit.AppendDurableAsync(new AuditEntry("operator.logout", AuditPlanes.Session) { Subject = id });
        }

        return new EndResponse();
    }

    private static void RequireConsole(ServerCallContext context)
    {
        if (context.GetHttpContext().Caller() != ComponentNames.Console)
        {
            throw new RpcException(new Status(StatusCode.PermissionDenied, $"only the component '{ComponentNames.Console}' logs operators in"));
        }
    }
}

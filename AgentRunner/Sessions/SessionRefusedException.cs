using Grpc.Core;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>A session that does not start. The message says what to change; the status whose side it is on.</summary>
internal sealed class SessionRefusedException(StatusCode status, string message, Exception? inner = null) : Exception(message, inner)
{
    public StatusCode Status { get; } = status;

    public static SessionRefusedException Invalid(string message) => new(StatusCode.InvalidArgument, message);
}

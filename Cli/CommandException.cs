using Grpc.Core;

namespace SecureAgent.Cli;

/// <summary>What was asked cannot be done; the message is for the operator and says what to do.</summary>
internal sealed class CommandException(string message, int exitCode = CommandException.Refused) : Exception(message)
{
    public const int Refused = 2;

    public int ExitCode => exitCode;

    public static CommandException From(RpcException error) => new(error.StatusCode switch
    {
        StatusCode.Unavailable when error.Status.DebugException is not null =>
            $"the server stopped answering ({error.Status.Detail}); look at its log, then start it again",
        _ => error.Status.Detail,
    });
}

using Grpc.Core;

namespace SecureAgent.Console.Runner;

/// <summary>A refused call in the runner's own words, or what its silence means.</summary>
internal static class Problems
{
    public static string Describe(RpcException error) => error.StatusCode switch
    {
        StatusCode.Unauthenticated when error.Status.Detail.StartsWith("Bad gRPC response", StringComparison.Ordinal) => "your login has ended",
        StatusCode.Unavailable when error.Status.DebugException is not null => "the runner is away; while it is, no session runs",
        _ => error.Status.Detail,
    };
}

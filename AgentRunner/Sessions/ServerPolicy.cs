using Grpc.Core;
using Microsoft.Extensions.Options;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>The policy of sessions that bring none; read anew each time, so that an edit counts from the next session on.</summary>
internal sealed class ServerPolicy(IOptions<AgentRunnerOptions> options)
{
    /// <summary>Throws <see cref="SessionRefusedException"/> when there is none or it cannot be read.</summary>
    public (string Text, string Source) Read()
    {
        var file = options.Value.PolicyFile;
        if (file.Length == 0)
        {
            throw SessionRefusedException.Invalid("this server has no policy of its own; bring one with --policy FILE");
        }

        try
        {
            return (File.ReadAllText(file), file);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new SessionRefusedException(StatusCode.Unavailable, $"the server's policy cannot be read: {failure.Message}; mend it or bring one with --policy FILE", failure);
        }
    }
}

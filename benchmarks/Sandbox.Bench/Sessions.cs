using Grpc.Core;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Sandbox.Bench;

/// <summary>What an operator's client asks for, over the API.</summary>
internal static class Sessions
{
    public static async Task<string> CreateAsync(DevServer server, params string[] command)
    {
        var session = await server.Runner.CreateSessionAsync(new CreateSessionRequest { Profile = "default", Command = { command } });
        return session.SessionId;
    }

    public static async Task EndedAsync(DevServer server, string session)
    {
        using var call = server.Runner.Attach();
        await call.RequestStream.WriteAsync(new AttachRequest { SessionId = session });
        await foreach (var next in call.ResponseStream.ReadAllAsync())
        {
            if (next.Ended is { } summary)
            {
                Require(summary.ExitCode);
                return;
            }
        }
    }

    public static async Task RunAsync(DevServer server) => await EndedAsync(server, await CreateAsync(server, "true"));

    public static async Task ExecAsync(DevServer server, string session)
    {
        using var call = server.Runner.Exec();
        await call.RequestStream.WriteAsync(new ExecRequest { Start = new ExecStart { SessionId = session, Command = { "true" } } });
        await foreach (var next in call.ResponseStream.ReadAllAsync())
        {
            if (next.EventCase == ExecEvent.EventOneofCase.ExitCode)
            {
                Require(next.ExitCode);

                // A stream whose client never ends it is kept for seconds, and the server lets a connection have only so many.
                await call.RequestStream.CompleteAsync();
            }
        }
    }

    private static void Require(int exitCode)
    {
        if (exitCode != 0)
        {
            throw new InvalidOperationException($"exit code {exitCode}");
        }
    }
}

using System.CommandLine;
using Grpc.Core;
using SecureAgent.Cli.Server;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Sessions;

/// <summary><c>session list|kill</c> on a running server.</summary>
internal static class SessionCommands
{
    public static Command Create()
    {
        var data = CommonOptions.Data();
        var list = new Command("list", "Sessions of the running server.") { data };
        list.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
        {
            var answer = await runner.ListSessionsAsync(new ListSessionsRequest(), cancellationToken: cancellationToken);
            foreach (var session in answer.Sessions)
            {
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    $"{session.SessionId}  {session.State.ToString().ToLowerInvariant(),-8}  {session.Profile}  {session.Workspace}");
            }
        }, cancellationToken));

        var id = new Argument<string>("id") { Description = "Session id." };
        var kill = new Command("kill", "End a session now: its sandbox dies, its sockets are cut, its leases are revoked.") { id, data };
        kill.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
        {
            var session = await runner.KillAsync(new KillRequest { SessionId = result.GetValue(id) }, cancellationToken: cancellationToken);
            await result.InvocationConfiguration.Output.WriteLineAsync($"{session.SessionId} ended");
        }, cancellationToken));
        var freeze = new Command("freeze", "Stop a session where it stands: its processes are stopped, its connections cut, its leases revoked.") { id, data };
        freeze.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
            await SayStateAsync(result, await runner.FreezeAsync(new FreezeRequest { SessionId = result.GetValue(id) }, cancellationToken: cancellationToken)), cancellationToken));

        var thaw = new Command("thaw", "Let a frozen session go on; what was cut stays cut.") { id, data };
        thaw.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
            await SayStateAsync(result, await runner.ThawAsync(new ThawRequest { SessionId = result.GetValue(id) }, cancellationToken: cancellationToken)), cancellationToken));
        return new Command("session", "Look at, freeze and end sessions.") { list, freeze, thaw, kill };
    }

    private static Task SayStateAsync(ParseResult result, Session session) =>
        result.InvocationConfiguration.Output.WriteLineAsync($"{session.SessionId} {session.State.ToString().ToLowerInvariant()}");

    private static async Task<int> WithServerAsync(string dataDirectory, Func<AgentRunner.AgentRunnerClient, Task> action, CancellationToken cancellationToken)
    {
        await using var server = await ServerConnection.FindAsync(dataDirectory, cancellationToken)
            ?? throw new CommandException($"no server is running on '{dataDirectory}'; start one: dotnet run --project AppHost");
        try
        {
            await action(server.Runner);
            return 0;
        }
        catch (RpcException error)
        {
            throw CommandException.From(error);
        }
    }
}

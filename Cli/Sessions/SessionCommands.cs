using System.CommandLine;
using Grpc.Core;
using SecureAgent.Cli.Policies;
using SecureAgent.Cli.Run;
using SecureAgent.Cli.Server;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Sessions;

/// <summary><c>session list|attach|exec|freeze|thaw|kill</c> on a running server.</summary>
internal static class SessionCommands
{
    public static Command Create(string[] command)
    {
        var (data, json) = (CommonOptions.Data(), CommonOptions.Json());
        var list = new Command("list", "Sessions of the running server.") { data, json };
        list.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
        {
            var answer = await runner.ListSessionsAsync(new ListSessionsRequest(), cancellationToken: cancellationToken);
            if (result.GetValue(json))
            {
                await result.InvocationConfiguration.Output.WriteLineAsync(SessionJson.List(answer.Sessions));
                return;
            }

            foreach (var session in answer.Sessions)
            {
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    $"{session.SessionId}  {session.State.ToString().ToLowerInvariant(),-8}  {session.Profile}  {session.Name}  {session.Workspace}".TrimEnd());
            }
        }, cancellationToken));

        var id = new Argument<string>("id") { Description = "Session id or name." };
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
        var all = new Command("session", "Look at, attach to, freeze and end sessions; decide what they wait for.") { list, Attach(), Exec(command), Policy(), freeze, thaw, kill };
        foreach (var approval in ApprovalCommands.Create())
        {
            all.Add(approval);
        }

        return all;
    }

    private static Command Attach()
    {
        var (id, data) = (new Argument<string>("id") { Description = "Session id or name." }, CommonOptions.Data());
        var attach = new Command("attach", "See a session's output from the start, then type into it. Ctrl-P Ctrl-Q leaves it running. Exit code: the agent's.") { id, data };
        attach.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
        {
            var session = await runner.GetSessionAsync(new GetSessionRequest { SessionId = result.GetValue(id) }, cancellationToken: cancellationToken);
            using var output = new OutputSink(capture: false, fullScreen: session.HasTerminal);
            using var attached = new AttachedSession(runner, output);
            if (await attached.RunAsync(session.SessionId, session.HasTerminal) is not { } summary)
            {
                await Console.Error.WriteLineAsync($"secure-agent: detached from {session.SessionId}");
                return 0;
            }

            new SummaryReport(Console.Error, !Console.IsErrorRedirected).Write(summary);
            return summary.ExitCode;
        }, cancellationToken));
        return attach;
    }

    private static Command Exec(string[] command)
    {
        var (id, data) = (new Argument<string>("id") { Description = "Session id or name." }, CommonOptions.Data());
        var terminal = new Option<bool>("--terminal", "-t") { Description = "On this terminal." };
        var exec = new Command("exec", "Run another command, given after --, in a live session. Exit code: the command's.") { id, terminal, data };
        exec.SetAction((result, cancellationToken) => WithServerAsync(result.DataOf(data), async runner =>
        {
            if (command.Length == 0)
            {
                throw new CommandException("nothing to run; write the command after --, e.g. -- ps");
            }

            using var output = new OutputSink(capture: false, fullScreen: result.GetValue(terminal));
            return await new ExecInSession(runner, result.GetValue(id)!, output).RunAsync(command, result.GetValue(terminal));
        }, cancellationToken));
        return exec;
    }

    private static Command Policy()
    {
        var data = CommonOptions.Data();
        var id = new Argument<string>("id") { Description = "Session id or name." };
        var file = new Option<FileInfo>("--policy") { Description = "Policy file; the session goes on under its own profile as this file has it.", Required = true };
        var policy = new Command("policy", "Put a running session under a changed policy: what is no longer allowed is cut at once.") { id, file, data };
        policy.SetAction((result, cancellationToken) =>
        {
            var path = result.GetValue(file)!.FullName;
            var (text, _) = PolicyFile.Read(path, "--policy");
            return WithServerAsync(result.DataOf(data), async runner =>
            {
                var session = await runner.ChangePolicyAsync(
                    new ChangePolicyRequest { SessionId = result.GetValue(id), Policy = text, PolicySource = path }, cancellationToken: cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync($"{session.SessionId} goes on under {path}, profile {session.Profile}");
            }, cancellationToken);
        });
        return policy;
    }

    private static Task SayStateAsync(ParseResult result, Session session) =>
        result.InvocationConfiguration.Output.WriteLineAsync($"{session.SessionId} {session.State.ToString().ToLowerInvariant()}");

    internal static Task<int> WithServerAsync(string dataDirectory, Func<AgentRunner.AgentRunnerClient, Task> action, CancellationToken cancellationToken) =>
        WithServerAsync(dataDirectory, async runner =>
        {
            await action(runner);
            return 0;
        }, cancellationToken);

    private static async Task<int> WithServerAsync(string dataDirectory, Func<AgentRunner.AgentRunnerClient, Task<int>> action, CancellationToken cancellationToken)
    {
        await using var server = await ServerConnection.FindAsync(dataDirectory, cancellationToken)
            ?? throw new CommandException($"no server is running on '{dataDirectory}'; start one: dotnet run --project AppHost");
        try
        {
            return await action(server.Runner);
        }
        catch (RpcException error)
        {
            throw CommandException.From(error);
        }
    }
}

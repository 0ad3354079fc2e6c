using System.CommandLine;
using Grpc.Core;
using SecureAgent.Cli.Server;
using SecureAgent.Contracts.Changes.V1;

namespace SecureAgent.Cli.Changes;

/// <summary><c>changes list|show|apply|discard</c>: what sessions proposed waits here for the operator. The file gate does the work.</summary>
internal static class ChangeCommands
{
    /// <summary>A conflict was found, and nothing was applied.</summary>
    private const int Conflict = 1;

    public static Command Create()
    {
        var (data, json) = (CommonOptions.Data(), CommonOptions.Json());
        var changes = new Command("changes", "What agents proposed: look at it, apply it to the folder, or discard it.") { data, json, List(), Show(), Apply(), Discard() };
        changes.SetAction((result, cancellationToken) => ListAsync(result, result.DataOf(data), result.GetValue(json), cancellationToken));
        return changes;
    }

    private static Command List()
    {
        var (data, json) = (CommonOptions.Data(), CommonOptions.Json());
        var list = new Command("list", "Change sets that wait, by session.") { data, json };
        list.SetAction((result, cancellationToken) => ListAsync(result, result.DataOf(data), result.GetValue(json), cancellationToken));
        return list;
    }

    private static Task<int> ListAsync(ParseResult result, string data, bool json, CancellationToken cancellationToken) => WithGateAsync(data, async gate =>
    {
        var answer = await gate.ListAsync(new ListChangeSetsRequest(), cancellationToken: cancellationToken);
        var output = result.InvocationConfiguration.Output;
        if (json)
        {
            await output.WriteLineAsync(ChangeJson.Sets(answer.Sets));
        }
        else
        {
            new ChangeReport(output, !Console.IsOutputRedirected).Sets(answer.Sets);
        }

        return 0;
    }, cancellationToken);

    private static Command Show()
    {
        var (id, paths, data, json) = (Id(), Paths("Only these paths."), CommonOptions.Data(), CommonOptions.Json());
        var show = new Command("show", "Every change of a set with its difference to the folder as it is now. The text is the agent's.") { id, paths, data, json };
        show.SetAction((result, cancellationToken) => WithGateAsync(result.DataOf(data), async gate =>
        {
            var set = result.GetValue(id)!;
            using var call = gate.Show(new ShowChangeSetRequest { Id = set, Paths = { result.GetValue(paths) ?? [] } }, cancellationToken: cancellationToken);
            var changes = new List<Change>();
            await foreach (var change in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                changes.Add(change);
            }

            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                await output.WriteLineAsync(ChangeJson.Changes(set, changes));
            }
            else
            {
                new ChangeReport(output, !Console.IsOutputRedirected).Changes(set, changes);
            }

            return 0;
        }, cancellationToken));
        return show;
    }

    private static Command Apply()
    {
        var (id, paths, data, json) = (Id(), Paths("Paths to apply. A held change must be named alone."), CommonOptions.Data(), CommonOptions.Json());
        var all = new Option<bool>("--all") { Description = "Every change that is not held." };
        var apply = new Command("apply", "Change the folder: all that is chosen, or nothing when one of them conflicts.") { id, paths, all, data, json };
        apply.SetAction((result, cancellationToken) =>
        {
            var chosen = result.GetValue(paths) ?? [];
            if (result.GetValue(all) == chosen.Length > 0)
            {
                throw new CommandException(chosen.Length > 0 ? "both --all and paths were given; give one" : "nothing was chosen; name paths of the set, or --all");
            }

            return WithGateAsync(result.DataOf(data), async gate =>
            {
                var answer = await gate.ApplyAsync(
                    new ApplyRequest { Id = result.GetValue(id), All = result.GetValue(all), Paths = { chosen } }, cancellationToken: cancellationToken);
                var output = result.InvocationConfiguration.Output;
                if (result.GetValue(json))
                {
                    await output.WriteLineAsync(ChangeJson.Applied(result.GetValue(id)!, answer));
                }
                else
                {
                    new ChangeReport(output, !Console.IsOutputRedirected).Applied(result.GetValue(id)!, answer);
                }

                return answer.Conflicts.Count == 0 ? 0 : Conflict;
            }, cancellationToken);
        });
        return apply;
    }

    private static Command Discard()
    {
        var (id, paths, data, json) = (Id(), Paths("Only these paths, and what is below them."), CommonOptions.Data(), CommonOptions.Json());
        var discard = new Command("discard", "Forget changes; the folder stays as it is.") { id, paths, data, json };
        discard.SetAction((result, cancellationToken) => WithGateAsync(result.DataOf(data), async gate =>
        {
            var answer = await gate.DiscardAsync(
                new DiscardRequest { Id = result.GetValue(id), Paths = { result.GetValue(paths) ?? [] } }, cancellationToken: cancellationToken);
            var output = result.InvocationConfiguration.Output;
            if (result.GetValue(json))
            {
                await output.WriteLineAsync(ChangeJson.Discarded(result.GetValue(id)!, answer));
            }
            else
            {
                new ChangeReport(output, !Console.IsOutputRedirected).Discarded(answer);
            }

            return 0;
        }, cancellationToken));
        return discard;
    }

    private static Argument<string> Id() => new("id") { Description = "The session's id, as 'changes list' shows it." };

    private static Argument<string[]> Paths(string description) => new("path") { Description = description, Arity = ArgumentArity.ZeroOrMore };

    private static async Task<int> WithGateAsync(string dataDirectory, Func<ChangeAdmin.ChangeAdminClient, Task<int>> action, CancellationToken cancellationToken)
    {
        var progress = new ProgressDisplay(Console.Error, !Console.IsErrorRedirected);
        try
        {
            await using var server = await ServerConnection.OpenAsync(new ServerRequest(dataDirectory, []), progress, cancellationToken);
            return await action(server.Changes);
        }
        catch (RpcException error)
        {
            throw CommandException.From(error);
        }
    }
}

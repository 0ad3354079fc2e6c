using System.CommandLine;
using System.Text.Json.Nodes;
using Grpc.Core;
using SecureAgent.Cli.Server;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Cli.Sessions;

/// <summary><c>console</c>: the address that logs a browser in to the operator's web page, once.</summary>
internal static class ConsoleCommand
{
    public static Command Create()
    {
        var (data, json) = (CommonOptions.Data(), CommonOptions.Json());
        var console = new Command("console", "Print the address that opens the operator's web page, already logged in. It works once, within two minutes.") { data, json };
        console.SetAction(async (result, cancellationToken) =>
        {
            var directory = result.DataOf(data);
            await using var server = await ServerConnection.FindAsync(directory, cancellationToken)
                ?? throw new CommandException($"no server is running on '{directory}'; start one: dotnet run --project AppHost");
            var page = server.Address.Console
                ?? throw new CommandException("this server has no console: it was started for one command, or with --console false; start one that has: dotnet run --project AppHost");
            try
            {
                var login = await server.Logins.CreateLoginAsync(new CreateLoginRequest(), cancellationToken: cancellationToken);
                var address = ConsoleLogin.AddressOf(page, login.Token);
                await result.InvocationConfiguration.Output.WriteLineAsync(result.GetValue(json)
                    ? new JsonObject { ["url"] = address.ToString(), ["expires"] = DateTimeOffset.FromUnixTimeMilliseconds(login.ExpiresUnixMs).ToString("O") }.ToJsonString()
                    : address.ToString());
                return 0;
            }
            catch (RpcException error)
            {
                throw CommandException.From(error);
            }
        });
        return console;
    }
}

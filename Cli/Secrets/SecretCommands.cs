using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Cli.Server;
using SecureAgent.Contracts.Broker.V1;

namespace SecureAgent.Cli.Secrets;

/// <summary><c>secret set|rotate|list|remove</c>: values come from stdin, go to the broker, and are never shown.</summary>
internal static class SecretCommands
{
    private const int LongestValue = 64 << 10;

    public static Command Create() => new("secret", "Secrets of the embedded store. Agents never see them; gates lease them.") { Set(), Rotate(), List(), Remove() };

    private static Command Set()
    {
        var (name, data) = (Name(), CommonOptions.Data());
        var set = new Command("set", "Store a secret; the value is read from stdin.") { name, data };
        set.SetAction((result, cancellationToken) => WithBrokerAsync(result.DataOf(data), async broker =>
        {
            var value = ReadValue();
            try
            {
                var answer = await broker.SetAsync(
                    new SetSecretRequest { Name = result.GetValue(name), Value = UnsafeByteOperations.UnsafeWrap(value) }, cancellationToken: cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync($"{result.GetValue(name)} {(answer.Replaced ? "replaced" : "stored")}");
            }
            finally
            {
                CryptographicOperations.ZeroMemory(value);
            }
        }, cancellationToken));
        return set;
    }

    private static Command Rotate()
    {
        var (name, data) = (Name(), CommonOptions.Data());
        var rotate = new Command("rotate", "Replace a secret that is there, read from stdin; leases drawn from the old value end.") { name, data };
        rotate.SetAction((result, cancellationToken) => WithBrokerAsync(result.DataOf(data), async broker =>
        {
            var value = ReadValue();
            try
            {
                var answer = await broker.RotateAsync(
                    new SetSecretRequest { Name = result.GetValue(name), Value = UnsafeByteOperations.UnsafeWrap(value) }, cancellationToken: cancellationToken);
                await result.InvocationConfiguration.Output.WriteLineAsync($"{result.GetValue(name)} is at version {answer.Version}; {answer.LeasesEnded} leases ended");
            }
            finally
            {
                CryptographicOperations.ZeroMemory(value);
            }
        }, cancellationToken));
        return rotate;
    }

    private static Command List()
    {
        var data = CommonOptions.Data();
        var list = new Command("list", "Names, versions and times; never values.") { data };
        list.SetAction((result, cancellationToken) => WithBrokerAsync(result.DataOf(data), async broker =>
        {
            var answer = await broker.ListAsync(new ListSecretsRequest(), cancellationToken: cancellationToken);
            foreach (var secret in answer.Secrets)
            {
                await result.InvocationConfiguration.Output.WriteLineAsync(
                    $"{secret.Name}  version {secret.Version}  {DateTimeOffset.FromUnixTimeMilliseconds(secret.UpdatedUnixMs):u}");
            }
        }, cancellationToken));
        return list;
    }

    private static Command Remove()
    {
        var (name, data) = (Name(), CommonOptions.Data());
        var remove = new Command("remove", "Delete a secret; leases drawn from it end.") { name, data };
        remove.SetAction((result, cancellationToken) => WithBrokerAsync(result.DataOf(data), async broker =>
        {
            var answer = await broker.RemoveAsync(new RemoveSecretRequest { Name = result.GetValue(name) }, cancellationToken: cancellationToken);
            if (!answer.Removed)
            {
                throw new CommandException($"there is no secret '{result.GetValue(name)}'; see 'secure-agent secret list'", exitCode: 1);
            }

            await result.InvocationConfiguration.Output.WriteLineAsync($"{result.GetValue(name)} removed");
        }, cancellationToken));
        return remove;
    }

    private static Argument<string> Name() => new("name") { Description = "Name the policy uses: secrets.NAME.embedded." };

    private static byte[] ReadValue()
    {
        if (!Console.IsInputRedirected)
        {
            throw new CommandException("the value is read from stdin so that it is in no argument and no history; e.g. secure-agent secret set NAME < FILE");
        }

        using var input = Console.OpenStandardInput();
        var buffer = new byte[LongestValue + 2];
        var length = input.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        var value = buffer.AsSpan(0, length).TrimEnd("\r\n"u8).ToArray();
        CryptographicOperations.ZeroMemory(buffer);
        return value.Length is > 0 and <= LongestValue
            ? value
            : throw new CommandException($"the value has {value.Length} bytes; it must have 1 to {LongestValue}");
    }

    private static Task<int> WithBrokerAsync(string dataDirectory, Func<SecretAdmin.SecretAdminClient, Task> action, CancellationToken cancellationToken) =>
        WithServerAsync(dataDirectory, server => action(server.Secrets), cancellationToken);

    public static async Task<int> WithServerAsync(string dataDirectory, Func<ServerConnection, Task> action, CancellationToken cancellationToken)
    {
        var progress = new ProgressDisplay(Console.Error, !Console.IsErrorRedirected);
        try
        {
            await using var server = await ServerConnection.OpenAsync(new ServerRequest(dataDirectory, []), progress, cancellationToken);
            await action(server);
            return 0;
        }
        catch (RpcException error)
        {
            throw CommandException.From(error);
        }
    }
}

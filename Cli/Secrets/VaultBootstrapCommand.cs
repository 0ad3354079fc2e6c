using System.CommandLine;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Cli.Policies;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Cli.Secrets;

/// <summary><c>vault bootstrap FILE</c>: mounts, policy, role and audit device for a document, and the proof that the broker's token reads nothing else.</summary>
internal static class VaultBootstrapCommand
{
    private const int LongestToken = 4096;

    private static readonly (string Variable, string What)[] Files = [("VAULT_ROLE_ID_FILE", "role id"), ("VAULT_SECRET_ID_FILE", "secret id")];

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "Policy document, YAML." };
        var token = new Option<string>("--token-file")
        {
            Description = "File with an operator's token, such as a development server's root token. Used once; the broker keeps a limited one.", Required = true,
        };
        var audit = new Option<string>("--audit-file") { Description = "Where the store writes its audit log, a path on its own machine. Default: no audit device is added.", DefaultValueFactory = _ => "" };
        var keep = new Option<bool>("--keep-data") { Description = "Set up a store that keeps its data, too. Default: development servers only." };
        var data = CommonOptions.Data();
        var bootstrap = new Command(
            "bootstrap",
            "Set the store at VAULT_ADDR up for a policy document and prove that the broker's token reads nothing else. Writes VAULT_ROLE_ID_FILE and VAULT_SECRET_ID_FILE, for VAULT_LOGIN=AppRole.")
        {
            file, token, audit, keep, data,
        };
        bootstrap.SetAction((result, cancellationToken) =>
        {
            var policy = PolicyFile.Read(result.GetValue(file)!, "file");
            var paths = Files.Select(PathOf).ToList();
            return SecretCommands.WithServerAsync(result.DataOf(data), async server =>
            {
                var bytes = ReadToken(result.GetValue(token)!);
                try
                {
                    using var call = server.Vault.Bootstrap(
                        new BootstrapVaultRequest { Token = UnsafeByteOperations.UnsafeWrap(bytes), Policy = policy.Text, AuditFile = result.GetValue(audit)!, KeepData = result.GetValue(keep) },
                        cancellationToken: cancellationToken);
                    await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellationToken))
                    {
                        await ShowAsync(answer, paths, result.InvocationConfiguration.Output);
                    }
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(bytes);
                }
            }, cancellationToken);
        });
        return bootstrap;
    }

    private static async Task ShowAsync(BootstrapVaultResponse answer, List<string> paths, TextWriter output)
    {
        if (answer.Step.Length > 0)
        {
            await output.WriteLineAsync(answer.Step);
            return;
        }

        PrivateFile.Replace(paths[0], answer.RoleId.Span, isDurable: true);
        PrivateFile.Replace(paths[1], answer.SecretId.Span, isDurable: true);
        await output.WriteLineAsync($"wrote {paths[0]} and {paths[1]}; the broker logs in with them from now on");
    }

    private static string PathOf((string Variable, string What) file) => DataDirectory.Variable(file.Variable) is { } path
        ? Path.GetFullPath(path)
        : throw new CommandException($"{file.Variable} is not set: it names the file the {file.What} is written to, and that the server reads it from");

    private static byte[] ReadToken(string path)
    {
        try
        {
            var bytes = File.ReadAllBytes(path);
            var token = bytes.AsSpan().Trim(" \t\r\n"u8).ToArray();
            CryptographicOperations.ZeroMemory(bytes);
            return token.Length is > 0 and <= LongestToken ? token : throw new CommandException($"--token-file '{path}' holds no token");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"--token-file '{path}' cannot be read: {error.Message}");
        }
    }
}

using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Server;

/// <summary>Asks the broker, over its control socket, to set the store up.</summary>
internal sealed class VaultSetup(string runDirectory)
{
    /// <summary>Throws <see cref="StartupException"/> with the broker's words.</summary>
    public async Task RunAsync(byte[] rootToken, string policy, VaultCredentialFiles files, Action<string> step, CancellationToken cancellationToken)
    {
        using var channel = GrpcChannel.ForAddress(
            "http://broker", new GrpcChannelOptions { HttpHandler = UnixSocketHttp.Handler(RunLayout.ControlSocket(runDirectory, ComponentNames.SecretBroker)) });
        try
        {
            using var call = new VaultAdmin.VaultAdminClient(channel).Bootstrap(
                new BootstrapVaultRequest { Token = ByteString.CopyFrom(rootToken), Policy = policy }, cancellationToken: cancellationToken);
            await foreach (var answer in call.ResponseStream.ReadAllAsync(cancellationToken))
            {
                if (answer.Step.Length > 0)
                {
                    step(answer.Step);
                }
                else
                {
                    files.Write(answer.RoleId.Span, answer.SecretId.Span);
                }
            }
        }
        catch (RpcException error) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StartupException($"--vault dev: the store could not be set up: {error.Status.Detail}", error);
        }
    }
}

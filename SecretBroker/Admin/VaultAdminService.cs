using System.Threading.Channels;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Policy.Document;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.SecretBroker.Vault.Bootstrap;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Admin;

/// <summary>The operator's side of Vault. Control socket only; on record, on disk, before anything is changed.</summary>
internal sealed class VaultAdminService(AuditLog audit, VaultBootstrap? bootstrap = null) : VaultAdmin.VaultAdminBase
{
    public override async Task Bootstrap(BootstrapVaultRequest request, IServerStreamWriter<BootstrapVaultResponse> responseStream, ServerCallContext context)
    {
        using var token = SecretValue.CopyOf(request.Token.Span);
        request.Token.Wipe();
        if (bootstrap is null)
        {
            throw new RpcException(new Status(StatusCode.FailedPrecondition, "this server was started without a vault; set VAULT_ADDR and start it again"));
        }

        var parsed = PolicyParser.Parse(request.Policy, "policy");
        if (parsed.Document is null)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, string.Join('\n', parsed.Errors)));
        }

        await audit.AppendDurableAsync(new AuditEntry("vault.bootstrap", AuditPlanes.Secrets) { Subject = VaultBootstrapPlan.Name, Facts = [AuditFact.Of("store", "vault")] });
        var steps = Channel.CreateUnbounded<string>();
        var running = RunAsync(bootstrap, token, request, parsed.Document, steps.Writer, context.CancellationToken);
        await foreach (var step in steps.Reader.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(new BootstrapVaultResponse { Step = step }, context.CancellationToken);
        }

        using var credentials = await running;
        await responseStream.WriteAsync(new BootstrapVaultResponse
        {
            RoleId = UnsafeByteOperations.UnsafeWrap(credentials.RoleId.Memory), SecretId = UnsafeByteOperations.UnsafeWrap(credentials.SecretId.Memory),
        }, context.CancellationToken);
    }

    private static async Task<VaultCredentials> RunAsync(
        VaultBootstrap bootstrap, SecretValue token, BootstrapVaultRequest request, PolicyDocument document, ChannelWriter<string> steps, CancellationToken cancellationToken)
    {
        try
        {
            return await bootstrap.RunAsync(token, VaultBootstrapPlan.Of(document), request.AuditFile, request.KeepData, step => steps.TryWrite(step), cancellationToken);
        }
        catch (VaultException error)
        {
            throw new RpcException(new Status(StatusCode.Aborted, error.Message));
        }
        finally
        {
            steps.Complete();
        }
    }
}

using Grpc.Core;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.SecretBroker.Store;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.SecretBroker.Admin;

/// <summary>The operator's side of the embedded store. Control socket only. Changes are on record, on disk, before they happen.</summary>
internal sealed class SecretAdminService(EmbeddedStore store, LeaseEnder leases, AuditLog audit, ILogger<SecretAdminService> log) : SecretAdmin.SecretAdminBase
{
    public override async Task<SetSecretResponse> Set(SetSecretRequest request, ServerCallContext context) =>
        new() { Replaced = await StoreAsync("secret.set", request) > 1 };

    /// <summary>The new value is served before the old leases end: no gate is left without one.</summary>
    public override async Task<RotateSecretResponse> Rotate(SetSecretRequest request, ServerCallContext context)
    {
        if (!store.List().Any(secret => secret.Name == request.Name))
        {
            request.Value.Wipe();
            throw new RpcException(new Status(StatusCode.NotFound, $"there is no secret '{request.Name}' to rotate; store one with: secure-agent secret set"));
        }

        var version = await StoreAsync("secret.rotate", request);
        return new RotateSecretResponse { Version = version, LeasesEnded = await leases.EndAsync(request.Name, "rotated") };
    }

    private async Task<long> StoreAsync(string kind, SetSecretRequest request)
    {
        try
        {
            if (store.Refuse(request.Name, request.Value.Length) is { } why)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, why));
            }

            await RecordAsync(kind, request.Name);
            var version = store.Set(request.Name, request.Value.Span);
            log.SecretSet(request.Name, version);
            return version;
        }
        catch (IOException error)
        {
            throw Unavailable(error);
        }
        finally
        {
            request.Value.Wipe();
        }
    }

    public override Task<ListSecretsResponse> List(ListSecretsRequest request, ServerCallContext context) => Task.FromResult(new ListSecretsResponse
    {
        Store = store.Kind,
        Secrets = { store.List().Select(secret => new SecretInfo { Name = secret.Name, Version = secret.Version, UpdatedUnixMs = secret.UpdatedUnixMs }) },
    });

    public override async Task<RemoveSecretResponse> Remove(RemoveSecretRequest request, ServerCallContext context)
    {
        try
        {
            await RecordAsync("secret.remove", request.Name);
            var removed = store.Remove(request.Name);
            if (removed)
            {
                log.SecretRemoved(request.Name);
                await leases.EndAsync(request.Name, "removed");
            }

            return new RemoveSecretResponse { Removed = removed };
        }
        catch (IOException error)
        {
            throw Unavailable(error);
        }
    }

    private Task RecordAsync(string kind, string name) =>
        audit.AppendDurableAsync(new AuditEntry(kind, AuditPlanes.Secrets) { Subject = name, Facts = [AuditFact.Of("store", store.Kind)] });

    /// <summary>The message is about files and disks; the value is in none of these exceptions.</summary>
    private static RpcException Unavailable(IOException error) => new(new Status(StatusCode.Unavailable, error.Message));
}

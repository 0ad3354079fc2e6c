using System.Text;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Aspire;

/// <summary>The store of secrets beside the graph, or one that is there already; the broker logs in by AppRole, with files that this user alone reads.</summary>
internal static class VaultMapping
{
    public const string Image = "hashicorp/vault";
    public const string Tag = "1.21";

    private const int Port = 8200;

    /// <summary>A development server in a container. It keeps nothing; its root token is used for setting it up, and nowhere else.</summary>
    public static void AddContainer(IResourceBuilder<SecureAgentResource> server)
    {
        var builder = server.ApplicationBuilder;
        var rootToken = builder.AddParameter("vault-root-token", new GenerateParameterDefault { MinLength = 48, Special = false }, secret: true);
        var vault = builder.AddContainer("vault", Image, Tag)
            .WithParentRelationship(server)
            .WithIconName("Vault")
            .WithHttpEndpoint(targetPort: Port, name: GraphMapping.Endpoint)
            .WithHttpHealthCheck("/v1/sys/health")
            .WithEnvironment("VAULT_DEV_ROOT_TOKEN_ID", rootToken)
            .WithArgs("server", "-dev", $"-dev-listen-address=0.0.0.0:{Port}", "-dev-no-store-token");
        var broker = server.Resource.Processes[ComponentNames.SecretBroker];
        broker.WaitFor(vault);
        LogIn(server.Resource, vault.GetEndpoint(GraphMapping.Endpoint));
        broker.OnResourceReady(async (_, @event, cancellationToken) =>
        {
            var log = @event.Services.GetRequiredService<ResourceLoggerService>().GetLogger(broker.Resource);
            var token = await rootToken.Resource.GetValueAsync(cancellationToken);
            await new VaultSetup(server.Resource.Layout.RunDirectory).RunAsync(
                Encoding.ASCII.GetBytes(token!), await File.ReadAllTextAsync(server.Resource.PolicyFile, cancellationToken), FilesOf(server.Resource), log.CommandSaid, cancellationToken);
        });
    }

    public static void Use(IResourceBuilder<SecureAgentResource> server, Uri address, IResourceBuilder<ParameterResource> roleId, IResourceBuilder<ParameterResource> secretId)
    {
        LogIn(server.Resource, address.ToString());
        server.Resource.BeforeStart.Add(async cancellationToken =>
        {
            var (role, secret) = (await roleId.Resource.GetValueAsync(cancellationToken), await secretId.Resource.GetValueAsync(cancellationToken));
            FilesOf(server.Resource).Write(Encoding.UTF8.GetBytes(role!), Encoding.UTF8.GetBytes(secret!));
        });
    }

    private static VaultCredentialFiles FilesOf(SecureAgentResource server) => new(Path.Combine(server.Layout.RunDirectory, "vault"));

    private static void LogIn(SecureAgentResource server, object address)
    {
        if (server.Late.Any(late => late.Name == "SecretBroker__Vault__Address") || DataDirectory.Variable("VAULT_ADDR") is not null)
        {
            throw new DistributedApplicationException("two stores are named; call WithVault once, and unset VAULT_ADDR");
        }

        var files = FilesOf(server);
        server.Late.AddRange(
        [
            (ComponentNames.SecretBroker, "SecretBroker__Vault__Address", address),
            (ComponentNames.SecretBroker, "SecretBroker__Vault__Login", "AppRole"),
            (ComponentNames.SecretBroker, "SecretBroker__Vault__RoleIdFile", files.RoleId),
            (ComponentNames.SecretBroker, "SecretBroker__Vault__SecretIdFile", files.SecretId),
        ]);
    }
}

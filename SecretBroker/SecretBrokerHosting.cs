using Microsoft.Extensions.Options;
using SecureAgent.Contracts;
using SecureAgent.SecretBroker.Admin;
using SecureAgent.SecretBroker.AgentDoor;
using SecureAgent.SecretBroker.Honeypots;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.SecretBroker.Store;
using SecureAgent.SecretBroker.Vault;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker;

internal static class SecretBrokerHosting
{
    public static WebApplication Create(string[] args)
    {
        var builder = ServiceApp.CreateBuilder(ComponentNames.SecretBroker, args);
        builder.AddSessions<BrokerSessions>();
        builder.AddSecretBroker();
        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapSecretBroker();
        return app;
    }

    public static void AddSecretBroker(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptionsWithValidateOnStart<SecretBrokerOptions, SecretBrokerOptionsValidator>()
            .BindConfiguration(SecretBrokerOptions.Section);
        builder.Services.AddSingleton(services => EmbeddedStore.Open(
            Path.Combine(services.GetRequiredService<ComponentContext>().DataDirectory, "secrets"),
            services.GetRequiredService<IOptions<SecretBrokerOptions>>().Value,
            services.GetRequiredService<TimeProvider>()));
        builder.AddVault();
        builder.Services.AddSingleton(services => new SecretStores(services.GetRequiredService<EmbeddedStore>(), services.GetService<VaultStore>()));
        builder.Services.AddSingleton<ISecretStore>(services => services.GetRequiredService<SecretStores>());
        builder.Services.AddSingleton<LeaseIssuer>();
        builder.Services.AddSingleton<SecretTripwire>();
        builder.Services.AddSingleton<AgentSecrets>();
        builder.Services.AddSingleton<LeaseEnder>();
        // The store is opened before anything is served: a broken store is a start that failed, not a refusal later.
        builder.Services.AddHostedService<StoreCheck>();
    }

    public static void MapSecretBroker(this WebApplication app)
    {
        app.MapGrpcService<SecretAdminService>().ServeOn(ConnectionOrigin.Control);
        app.MapGrpcService<VaultAdminService>().ServeOn(ConnectionOrigin.Control);
        app.MapAgentDoor();
        app.MapGrpcService<LeasesService>().ServeOn(ConnectionOrigin.Service);
    }
}

using Microsoft.Extensions.Options;
using SecureAgent.SecretBroker.Leases;
using SecureAgent.SecretBroker.Store;
using SecureAgent.SecretBroker.Vault.Auth;
using SecureAgent.SecretBroker.Vault.Bootstrap;
using SecureAgent.SecretBroker.Vault.Engines;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.SecretBroker.Vault;

internal static class VaultHosting
{
    /// <summary>Validates the options always; adds the store where an address is given.</summary>
    public static void AddVault(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IValidateOptions<VaultOptions>, VaultOptionsValidator>();
        builder.Services.AddOptions<VaultOptions>().BindConfiguration(VaultOptions.Section).ValidateOnStart();
        if (builder.Configuration[$"{VaultOptions.Section}:{nameof(VaultOptions.Address)}"] is not { Length: > 0 })
        {
            return;
        }

        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<VaultOptions>>().Value);
        builder.Services.AddSingleton(services =>
        {
            var options = services.GetRequiredService<VaultOptions>();
            return new VaultTransport(VaultConnection.Create(options), options, services.GetRequiredService<TimeProvider>());
        });
        builder.Services.AddSingleton<VaultLogins>();
        builder.Services.AddSingleton<VaultTokens>();
        builder.Services.AddSingleton<VaultClient>();
        builder.Services.AddSingleton<MountKinds>();
        builder.Services.AddSingleton<KeyValueEngine>();
        builder.Services.AddSingleton<DynamicEngine>();
        builder.Services.AddSingleton<VaultLeases>();
        builder.Services.AddSingleton<VaultStore>();
        builder.Services.AddSingleton<VaultBootstrap>();
        builder.Services.AddSingleton(services => LeaseJournal.Open(
            Path.Combine(services.GetRequiredService<ComponentContext>().DataDirectory, "secrets")));
        builder.Services.AddSingleton<LeaseIntents>();
        builder.Services.AddSingleton<StoreLeases>();
        builder.Services.AddHostedService<LeaseKeeper>();
    }
}

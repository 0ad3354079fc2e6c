using Microsoft.Extensions.Configuration;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.ServiceDefaults.Doors;

internal static class DoorSettings
{
    /// <exception cref="StartupException">It is missing or empty.</exception>
    public static string Required(this IConfigurationSection section, string key) => section[key] is { Length: > 0 } value
        ? value
        : throw new StartupException($"{section.Key}__{key} is not set; in a cluster a gate needs all settings of {section.Key}, as 'publish' writes them");
}

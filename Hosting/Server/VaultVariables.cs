using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Hosting.Server;

/// <summary>What the operator's VAULT_ variables mean to the broker. Files only: a credential in the environment is readable by every process of the user.</summary>
internal static class VaultVariables
{
    private static readonly (string From, string To, bool IsFile)[] Table =
    [
        ("VAULT_ADDR", "Address", false),
        ("VAULT_NAMESPACE", "Namespace", false),
        ("VAULT_CACERT", "CaFile", true),
        ("VAULT_LOGIN", "Login", false),
        ("VAULT_LOGIN_MOUNT", "LoginMount", false),
        ("VAULT_ROLE", "Role", false),
        ("VAULT_TOKEN_FILE", "TokenFile", true),
        ("VAULT_ROLE_ID_FILE", "RoleIdFile", true),
        ("VAULT_SECRET_ID_FILE", "SecretIdFile", true),
        ("VAULT_SECRET_ID_WRAPPED", "SecretIdWrapped", false),
    ];

    /// <summary>Nothing without VAULT_ADDR.</summary>
    public static IEnumerable<(string Name, string Value)> Of(Func<string, string?> variable)
    {
        if (variable("VAULT_ADDR") is null)
        {
            return [];
        }

        if (variable("VAULT_TOKEN") is not null && variable("VAULT_TOKEN_FILE") is null && variable("VAULT_LOGIN") is null)
        {
            throw new StartupException("VAULT_TOKEN is not used: write a limited token to a file of mode 600 and give it with VAULT_TOKEN_FILE, or unset VAULT_ADDR for the embedded store");
        }

        return from row in Table
               let value = variable(row.From)
               where value is not null
               select ($"SecretBroker__Vault__{row.To}", row.IsFile ? Path.GetFullPath(value) : value);
    }
}

using SecureAgent.Testing;

namespace SecureAgent.SecretBroker.Tests.Vault;

/// <summary>Programs of this machine that the contract can run against.</summary>
internal static class VaultPrograms
{
    /// <summary>VAULT_BIN, or vault or bao on PATH; null when there is none.</summary>
    public static string? Store => Variable("VAULT_BIN") ?? OnPath("vault") ?? OnPath("bao");

    /// <summary>Directory of PostgreSQL's programs; null when there is none.</summary>
    public static string? Postgres => OnPath("initdb") is { } found
        ? Path.GetDirectoryName(found)
        : Directory.Exists("/usr/lib/postgresql")
            ? Directory.EnumerateDirectories("/usr/lib/postgresql").Order(StringComparer.Ordinal).Select(version => Path.Combine(version, "bin")).LastOrDefault(bin => File.Exists(Path.Combine(bin, "initdb")))
            : null;

    private static string? OnPath(string name) =>
        (Variable("PATH") ?? "").Split(Path.PathSeparator).Select(place => Path.Combine(place, name)).FirstOrDefault(File.Exists);

    private static string? Variable(string name) => Environment.GetEnvironmentVariables()[name] as string is { Length: > 0 } value ? value : null;
}

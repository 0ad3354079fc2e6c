using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.AppHost.Standalone.Vault;

/// <summary>The store's program on this machine.</summary>
internal static class VaultProgram
{
    private static readonly string[] Names = ["vault", "bao"];

    /// <summary>VAULT_BIN, else the first of <c>vault</c> and <c>bao</c> on PATH. Throws <see cref="StartupException"/> when there is none.</summary>
    public static string Find(Func<string, string?> variable)
    {
        if (variable("VAULT_BIN") is { } given)
        {
            return File.Exists(given) ? Path.GetFullPath(given) : throw new StartupException($"VAULT_BIN '{given}' is not there; give the path of a vault or bao program, or unset it");
        }

        var places = (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        return Names.SelectMany(name => places.Select(place => Path.Combine(place, name))).FirstOrDefault(File.Exists)
            ?? throw new StartupException("--vault dev needs 'vault' or 'bao' on PATH, or VAULT_BIN; install HashiCorp Vault or OpenBao, or leave --vault out for the embedded store");
    }
}

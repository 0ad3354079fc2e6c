using System.Security.Cryptography;

namespace SecureAgent.ServiceDefaults;

/// <summary>Random names for sessions, boots and leases: letters and digits that are safe in paths, sockets and DNS labels.</summary>
public static class Identifiers
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A name such as <c>s-7k2m9x4q</c> with 5 bits of randomness a character.</summary>
    public static string New(string prefix, int characters = 10) =>
        $"{prefix}-{RandomNumberGenerator.GetString(Alphabet, characters)}";
}

using SecureAgent.ServiceDefaults;

namespace SecureAgent.FileGate.Access;

/// <summary>Names the gate gives to files for the moment of a swap. No session sees or asks for them, whatever its policy allows.</summary>
internal static class TemporaryNames
{
    private const string Prefix = ".secure-agent-swap";

    public static string New() => Identifiers.New(Prefix, 16);

    public static bool IsOne(string name) => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase);

    public static bool IsIn(string path) => path.Contains(Prefix, StringComparison.OrdinalIgnoreCase);
}

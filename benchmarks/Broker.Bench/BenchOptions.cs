using System.Globalization;

namespace SecureAgent.Broker.Bench;

/// <param name="Rate">Leases asked for a second, whatever the answers take.</param>
internal sealed record BenchOptions(int Rate, TimeSpan Time)
{
    /// <summary><c>--rate N</c>, default 2000, and <c>--seconds S</c>, default 60.</summary>
    public static BenchOptions Parse(string[] args) => new(Number(args, "--rate", 2000), TimeSpan.FromSeconds(Number(args, "--seconds", 60)));

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}

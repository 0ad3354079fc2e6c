using System.Globalization;

namespace SecureAgent.FileGate.Bench;

/// <param name="Rounds">Slices of every arm; figures are the median of them.</param>
internal sealed record BenchOptions(int Rounds, TimeSpan Slice)
{
    /// <summary><c>--rounds N</c>, default 7, and <c>--slice MS</c>, default 500.</summary>
    public static BenchOptions Parse(string[] args) =>
        new(Number(args, "--rounds", 7), TimeSpan.FromMilliseconds(Number(args, "--slice", 500)));

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}

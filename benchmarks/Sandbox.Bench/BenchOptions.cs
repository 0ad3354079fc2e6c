using System.Globalization;

namespace SecureAgent.Sandbox.Bench;

/// <param name="Rounds"><c>--rounds N</c>, default 3.</param>
/// <param name="Slice"><c>--slice MS</c> for each arm a round, default 2000.</param>
/// <param name="Sessions"><c>--soak N</c>: instead of measuring times, run so many sessions and look for what they left; 0 for times.</param>
internal sealed record BenchOptions(int Rounds, TimeSpan Slice, int Sessions)
{
    public static BenchOptions Parse(string[] args) => new(Number(args, "--rounds", 3), TimeSpan.FromMilliseconds(Number(args, "--slice", 2000)), Number(args, "--soak", 0));

    private static int Number(string[] args, string name, int otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? int.Parse(args[at + 1], CultureInfo.InvariantCulture) : otherwise;
}

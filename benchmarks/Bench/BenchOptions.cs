using System.Globalization;

namespace SecureAgent.Bench;

/// <param name="Rounds">Slices of every arm; figures are the median of them.</param>
/// <param name="Only">Arms whose name holds this word, for work on one of them; the marks of the others count as not measured.</param>
/// <param name="Beside">The program (a .dll) of another build, whose arms take their turns beside those of this one; empty for none.</param>
public sealed record BenchOptions(int Rounds, TimeSpan Slice, string Only, string Beside)
{
    /// <summary><c>--rounds N</c>, default 7, <c>--slice MS</c>, default 500, <c>--only WORD</c> and <c>--beside PROGRAM</c>.</summary>
    public static BenchOptions Parse(string[] args) =>
        new(Number(args, "--rounds", 7), TimeSpan.FromMilliseconds(Number(args, "--slice", 500)), Text(args, "--only", ""), Text(args, "--beside", ""));

    private static int Number(string[] args, string name, int otherwise) =>
        int.Parse(Text(args, name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    private static string Text(string[] args, string name, string otherwise) =>
        Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : otherwise;
}

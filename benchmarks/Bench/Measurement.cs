namespace SecureAgent.Bench;

/// <summary>What one arm did under one load. Every figure is the median of the rounds, so that a disturbed round does not decide.</summary>
/// <param name="P50">Microseconds; so are the others.</param>
/// <param name="PerSecond">Requests of all workers together.</param>
/// <param name="ServerCpu">Processor time of the server a request, over all rounds: what a busy machine disturbs least. NaN when it was not asked.</param>
public sealed record Measurement(string Arm, int Workers, double P50, double P95, double P99, double Max, double PerSecond, double ServerCpu)
{
    internal static Measurement Of(string arm, int workers, IReadOnlyList<Round> rounds)
    {
        double Median(Func<Round, double> figure) => Percentiles.Of([.. rounds.Select(figure).Order()], 50);
        return new Measurement(
            arm, workers, Median(round => Percentiles.Of(round.Sorted, 50)), Median(round => Percentiles.Of(round.Sorted, 95)),
            Median(round => Percentiles.Of(round.Sorted, 99)), Median(round => round.Sorted[^1]), Median(round => round.Sorted.Length / round.Elapsed.TotalSeconds),
            rounds.Sum(round => round.ServerCpu?.TotalMicroseconds ?? double.NaN) / rounds.Sum(round => round.Sorted.Length));
    }
}

/// <summary>One slice of time of one arm: latencies in microseconds, ascending.</summary>
internal sealed record Round(double[] Sorted, TimeSpan Elapsed, TimeSpan? ServerCpu);

using System.Diagnostics;
using System.Globalization;

namespace SecureAgent.Fuzz;

/// <param name="Accepted">Cases that the parser took: a run that accepts none tests little.</param>
/// <param name="Failure">What did not hold, and the bytes; null when all held.</param>
internal sealed record FuzzResult(long Cases, long Accepted, TimeSpan Slowest, string? Failure);

internal static class FuzzRun
{
    public static FuzzResult Run(FuzzTarget target, long cases, ulong seed, int threads)
    {
        var results = new FuzzResult[threads];
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, thread => results[thread] = RunSome(target, cases, seed, thread, threads));
        return new FuzzResult(
            results.Sum(one => one.Cases), results.Sum(one => one.Accepted), results.Max(one => one.Slowest), results.Select(one => one.Failure).FirstOrDefault(one => one is not null));
    }

    private static FuzzResult RunSome(FuzzTarget target, long cases, ulong seed, int first, int stride)
    {
        var mutator = new Mutator(target, seed);
        var (done, accepted, slowest) = (0L, 0L, TimeSpan.Zero);
        for (long number = first; number < cases; number += stride, done++)
        {
            var bytes = mutator.Make(number);
            var random = mutator.Next(int.MaxValue);
            var started = Stopwatch.GetTimestamp();
            try
            {
                accepted += target.Check(bytes, random) ? 1 : 0;
            }
            catch (Exception error)
            {
                return new FuzzResult(done, accepted, slowest, string.Create(CultureInfo.InvariantCulture, $"case {number}, seed {seed}: {error}\n{Convert.ToHexString(bytes)}"));
            }

            var took = Stopwatch.GetElapsedTime(started);
            slowest = took > slowest ? took : slowest;
        }

        return new FuzzResult(done, accepted, slowest, null);
    }
}

using System.Globalization;

namespace SecureAgent.Bench;

/// <summary>What one arm did in one slice of time.</summary>
/// <param name="Sorted">Latencies in microseconds, ascending.</param>
public sealed record Slice(double[] Sorted, TimeSpan Elapsed)
{
    /// <summary>One line, for a process that measures elsewhere.</summary>
    public string Write() => string.Join(' ', Sorted.Prepend(Elapsed.TotalMicroseconds).Select(value => value.ToString("0.#", CultureInfo.InvariantCulture)));

    public static Slice Read(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        var values = line.Split(' ').Select(value => double.Parse(value, CultureInfo.InvariantCulture)).ToArray();
        return new Slice(values[1..], TimeSpan.FromMicroseconds(values[0]));
    }
}

namespace SecureAgent.Bench;

public static class Percentiles
{
    /// <summary>The smallest value that at least this share of the values does not exceed (nearest rank).</summary>
    public static double Of(IReadOnlyList<double> ascending, double percent)
    {
        ArgumentNullException.ThrowIfNull(ascending);
        ArgumentOutOfRangeException.ThrowIfZero(ascending.Count);
        return ascending[Math.Clamp((int)Math.Ceiling(ascending.Count * percent / 100) - 1, 0, ascending.Count - 1)];
    }
}

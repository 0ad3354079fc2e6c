using SecureAgent.Policy.Document.Types;

namespace SecureAgent.Policy.Document.Keys;

internal static class EgressBudgetKeys
{
    public static Key<int?> Concurrent { get; } = new("concurrent", Count(100_000), null, "Flows at one time.");

    public static Key<int?> PerMinute { get; } = new("perMinute", Count(1_000_000), null, "Flows begun in a minute.");

    public static Key<int?> Total { get; } = new("total", Count(int.MaxValue), null, "Flows in all.");

    public static Key<long?> Upload { get; } = new("upload", Bytes, null, "Bytes to destinations in all; at the limit what is under way is cut.");

    public static Key<long?> Download { get; } = new("download", Bytes, null, "Bytes from destinations in all; at the limit what is under way is cut.");

    public static ObjectType<EgressBudget> Type { get; } = new(
        new ObjectShape(
            "egressBudget",
            "What one session may use of its way out. A flow is a tunnel or an HTTP request, also each one in an inspected tunnel, allowed by a rule or not. What is missing has no limit.",
            [Concurrent, PerMinute, Total, Upload, Download]),
        view => new EgressBudget(view.Get(Concurrent), view.Get(PerMinute), view.Get(Total), view.Get(Upload), view.Get(Download)));

    private static ValueType<long?> Bytes => new As<long, long?>(new SizeType(1, 1L << 50), value => value);

    private static ValueType<int?> Count(int most) => new As<decimal, int?>(new NumberType(1, most, isWhole: true), value => (int)value);
}

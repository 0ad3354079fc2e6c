using k8s.Models;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>How much a session would use of something.</summary>
internal sealed record Amount(string Of, decimal Value)
{
    public override string ToString() => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"a session uses {Value} {Of}");
}

/// <summary>For everything the policy limits: as much as it allows, and the least that is more.</summary>
internal static class Amounts
{
    private const decimal MiB = 1 << 20;

    private static readonly (string Of, decimal Step, Func<Plan, decimal> Laptop, Func<V1JobSpec, decimal> Cluster)[] Table =
    [
        ("thousandths of a core", 1, plan => Math.Ceiling((decimal)plan.Profile.Sandbox.Cpu * 1000), job => Limit(job, "cpu") * 1000),
        ("bytes of memory", MiB, plan => plan.Profile.Sandbox.MemoryBytes, job => Limit(job, "memory")),
        ("seconds", 1, plan => (decimal)plan.Profile.Sandbox.WallClock.TotalSeconds, job => Math.Min(job.ActiveDeadlineSeconds ?? long.MaxValue, job.Template.Spec.ActiveDeadlineSeconds ?? long.MaxValue)),
        ("bytes of /tmp", MiB, plan => Math.Max(MiB, plan.Profile.Sandbox.TmpBytes), job => job.Template.Spec.Volumes.Single(volume => volume.Name == "tmp").EmptyDir.SizeLimit?.ToDecimal() ?? decimal.MaxValue),
        (Processes, 1, plan => plan.Profile.Sandbox.Pids, _ => decimal.MaxValue),
        (Output, 1, plan => plan.Profile.Sandbox.OutputBytes, _ => decimal.MaxValue),
    ];

    /// <summary>The kubelet's to limit, not a manifest's.</summary>
    public const string Processes = "processes";

    /// <summary>The runner's to count, which in a cluster is not there yet.</summary>
    public const string Output = "bytes of output";

    public static IEnumerable<Amount> Of(Plan plan) =>
        Table.SelectMany(row => new[] { new Amount(row.Of, row.Laptop(plan)), new Amount(row.Of, row.Laptop(plan) + row.Step) });

    public static bool OnLaptop(Plan plan, Amount amount) => amount.Value <= Row(amount).Laptop(plan);

    public static bool InCluster(V1JobSpec job, Amount amount) => amount.Value <= Row(amount).Cluster(job);

    private static (string Of, decimal Step, Func<Plan, decimal> Laptop, Func<V1JobSpec, decimal> Cluster) Row(Amount amount) => Table.Single(row => row.Of == amount.Of);

    private static decimal Limit(V1JobSpec job, string name) =>
        job.Template.Spec.Containers.Single().Resources.Limits.TryGetValue(name, out var limit) ? limit.ToDecimal() : decimal.MaxValue;
}

using System.Net;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>The table: every pair of workloads at every door, every workload at every kind of place, every account at every dangerous right.</summary>
internal static class Questions
{
    private static readonly int[] Doors = [DoorPorts.Sessions, DoorPorts.Service, DoorPorts.Control, DoorPorts.Health];

    private static readonly string[] Addresses =
    [
        "169.254.169.254", "100.100.100.200", "168.63.129.16", "10.0.0.1", "10.96.0.1", "172.16.0.1", "192.168.1.1", "127.0.0.1", "100.64.0.1", "198.18.0.1", "224.0.0.1", "8.8.8.8", "fd00:ec2::254", "::1", "fe80::1",
    ];

    public static IEnumerable<Question> Connections(Plan plan)
    {
        List<Destination.Pod> workloads = [.. Flows.Peers(plan).Select(Pod), Stray(Names.SystemNamespace), Stray(Names.SessionNamespace)];
        var vault = new Destination.Pod("vault", Names.VaultNamespace, new Dictionary<string, string> { [Names.NameLabel] = "vault" });
        var outside = Hosts(plan).Select(host => (Destination)new Destination.Name(host))
            .Concat(Addresses.Concat(Literals(plan)).Distinct().Select(address => new Destination.Literal(IPAddress.Parse(address))))
            .ToList();
        return
        [
            .. from one in workloads from other in workloads where one != other from door in Doors select new Question(one, other, door),
            .. from one in workloads from port in new[] { Names.VaultPort, DoorPorts.Service } select new Question(one, vault, port),
            .. from one in workloads from port in new[] { 443, 6443, 10250 } select new Question(one, new Destination.ApiServer(), port),
            .. from one in workloads from place in outside from port in Ports(plan, one) select new Question(one, place, port),
        ];
    }

    public static IEnumerable<Request> Requests(Plan plan) =>
        from account in Flows.Peers(plan).Select(peer => peer.Name)
        from right in new[]
        {
            ("create", "batch", "jobs"), ("delete", "batch", "jobs"), ("get", "", "pods"), ("create", "", "pods"), ("create", "", "pods/exec"), ("create", "", "pods/attach"),
            ("create", "", "pods/portforward"), ("patch", "", "pods/ephemeralcontainers"), ("get", "", "pods/log"), ("get", "", "secrets"), ("list", "", "secrets"), ("create", "", "serviceaccounts/token"),
            ("create", "rbac.authorization.k8s.io", "rolebindings"), ("patch", "", "namespaces"), ("delete", "networking.k8s.io", "networkpolicies"),
        }
        select new Request(account, right.Item1, right.Item2, right.Item3);

    /// <summary>A pod that nobody declared: a forgotten one, or an intruder's.</summary>
    private static Destination.Pod Stray(string space) => new("stray", space, new Dictionary<string, string>());

    internal static Destination.Pod Pod(Peer peer) => new(peer.Name, peer.Space, Meta.Labels(peer.Name, peer.Role).ToDictionary());

    /// <summary>The proxy is asked about more: it is where the policy is.</summary>
    private static int[] Ports(Plan plan, Destination.Pod workload) =>
        workload.Workload == ComponentNames.EgressProxy ? [.. plan.Profile.Egress.SelectMany(rule => rule.Ports).Concat([22, 80, 443, 6443, 8443]).Distinct().Order()] : [443];

    /// <summary>For each rule: inside, deeper, beside and above it; and a name no rule speaks of.</summary>
    private static IEnumerable<string> Hosts(Plan plan) =>
        Reach.Destinations(plan).Where(destination => !Reach.IsAddress(destination.Host)).SelectMany(destination =>
        {
            var bare = destination.Host.StartsWith("*.", StringComparison.Ordinal) ? destination.Host[2..] : destination.Host;
            return new[] { bare, $"a.{bare}", $"a.b.{bare}", $"a.b.c.d.{bare}", $"a.b.c.d.e.{bare}", $"not{bare}", $"{bare}.attacker.example", bare[(bare.IndexOf('.', StringComparison.Ordinal) + 1)..] };
        }).Append("attacker.example").Append("metadata.google.internal").Distinct();

    private static IEnumerable<string> Literals(Plan plan) => Reach.Destinations(plan).Select(destination => destination.Host).Where(Reach.IsAddress);
}

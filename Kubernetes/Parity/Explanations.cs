using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Network;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>Differences that are as meant. Each is as narrow as it can be said: what it does not cover stays a fault.</summary>
internal static class Explanations
{
    /// <param name="cluster">What the cluster answers: a reason to be wider is none to be narrower.</param>
    public static string? Of(Plan plan, Question question, string network, bool cluster) => cluster ? Wider(plan, question, network) : Narrower(plan, question, network);

    private static string? Narrower(Plan plan, Question question, string network) => question switch
    {
        { To: Destination.Pod { Workload: "vault" }, From.Workload: ComponentNames.SecretBroker } when !Reach.Vault(Peer(plan, question), plan) =>
            "operator_reads_vault: with this way of delivery something outside of the gates reads Vault",
        { From.Workload: ComponentNames.EgressProxy, To: Destination.Name name } when IsDeep(plan, name.Host) && network == "cilium" =>
            $"wildcard_depth: a name with more than {CiliumNames.WildcardDepth} labels before the suffix; denied in the cluster",
        _ => null,
    };

    private static string? Wider(Plan plan, Question question, string network) => question switch
    {
        { From.Workload: ComponentNames.AgentRunner, To: Destination.ApiServer, Port: 443 or 6443 } => "runner_api_server: in a cluster the runner asks the API server for pods; on a laptop it starts processes",
        { From.Workload: ComponentNames.EgressProxy, To: Destination.Name or Destination.Literal } when network == "portable" && OpensPort(plan, question.Port) && IsPublic(question.To) =>
            "names_in_proxy: without Cilium the network opens ports to public addresses; the proxy alone judges names, as on a laptop",
        { From.Workload: ComponentNames.AgentRunner, To: Destination.Name or Destination.Literal, Port: 443 or 6443 } when network == "portable" =>
            "api_server_range: plain policies cannot name the API server; narrow the range in an overlay of your own",
        _ => null,
    };

    public static string? Of(Amount amount, bool cluster) => amount.Of switch
    {
        _ when !cluster => null,
        Amounts.Processes => "pids: the kubelet limits processes (podPidsLimit), a manifest cannot",
        Amounts.Output => "output: the runner counts what an agent prints; a manifest cannot",
        _ => null,
    };

    private static Peer Peer(Plan plan, Question question) => Flows.Peers(plan).Single(peer => peer.Name == question.From.Workload);

    private static bool IsDeep(Plan plan, string host) => Reach.Destinations(plan).Any(destination =>
        destination.Host.StartsWith("*.", StringComparison.Ordinal)
        && host.EndsWith(destination.Host[1..], StringComparison.Ordinal)
        && host[..^(destination.Host.Length - 1)].Split('.').Length > CiliumNames.WildcardDepth);

    private static bool OpensPort(Plan plan, int port) => Reach.Destinations(plan).Any(destination => !Reach.IsAddress(destination.Host) && destination.Ports.Contains(port));

    private static bool IsPublic(Destination to) => to is not Destination.Literal literal
        || (literal.Address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork && !SpecialRanges.Closed4.Any(range => System.Net.IPNetwork.Parse(range).Contains(literal.Address)));
}

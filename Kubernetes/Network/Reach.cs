using System.Net;
using SecureAgent.Contracts;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Network;

/// <summary>Whom a component may reach outside of the graph's pods.</summary>
internal static class Reach
{
    /// <summary>The only component that reaches the world.</summary>
    public static bool World(Peer peer) => peer.Name == ComponentNames.EgressProxy;

    public static bool ApiServer(Peer peer) => peer.Name == ComponentNames.AgentRunner;

    /// <summary>The broker asks Vault itself, or its injected Vault Agent does; with the other ways an operator outside the pod does.</summary>
    public static bool Vault(Peer peer, Plan plan) =>
        peer.Name == ComponentNames.SecretBroker && plan.Options.Secrets is (SecretsDelivery.Broker or SecretsDelivery.VaultAgent);

    /// <summary>The policy's destinations as pairs; one rule of the policy is one item, in its order.</summary>
    public static IReadOnlyList<(string Host, IReadOnlyList<int> Ports)> Destinations(Plan plan) =>
        [.. plan.Profile.Egress.Select(rule => (rule.Host, rule.Ports))];

    public static bool IsAddress(string host) => IPAddress.TryParse(host, out _);
}

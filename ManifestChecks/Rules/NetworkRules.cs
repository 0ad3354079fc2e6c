using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>Who may talk to whom.</summary>
internal static class NetworkRules
{
    private static readonly string[] Cilium = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];

    public static IEnumerable<Rule> All { get; } =
    [
        new("default-deny", Severity.Error, "A namespace with pods has no policy that denies by default.", "A pod that no policy selects reaches everything.", "Add a NetworkPolicy with podSelector: {} and both policyTypes.")
        {
            Find = set => set.Workloads.GroupBy(workload => workload.Owner.Namespace).Where(group => !set.OfKind("NetworkPolicy").Any(policy => IsDefaultDeny(policy) && ManifestSet.Same(policy.Namespace, group.Key)))
                .Select(group => new Hit(group.First().Owner, group.First().Owner.Root.Line, group.Key.Length == 0 ? "no default deny in its namespace" : $"namespace '{group.Key}' has no default deny")),
        },
        new("no-open-egress", Severity.Error, "A policy opens the whole world.", "Metadata services, nodes and the API server are part of it.", "Name ports and leave out the ranges that are nobody's business (except).")
        {
            Find = Find.Objects(["NetworkPolicy"], found => found.Root.At("spec", "egress").Items.FirstOrDefault(IsOpen) is { Exists: true } rule ? (rule.Line, "opens the whole world") : null),
        },
        new("no-open-ingress", Severity.Error, "A policy lets everyone in.", "An ingress rule without 'from' is all of them.", "Name who may connect.")
        {
            Find = Find.Objects(["NetworkPolicy"], found => found.Root.At("spec", "ingress").Items.FirstOrDefault(rule => !rule["from"].Items.Any()) is { Exists: true } rule ? (rule.Line, "lets everyone in") : null),
        },
        new("policy-types", Severity.Warning, "A NetworkPolicy does not say which directions it governs.", "Egress is left open unless it is named or has rules.", "Set spec.policyTypes.")
        {
            Find = Find.Objects(["NetworkPolicy"], found => !found.Root.At("spec", "policyTypes").Items.Any() ? (found.Root["spec"].Line, "has no policyTypes") : null),
        },
        new("policy-selects", Severity.Warning, "A policy selects none of these pods.", "A typing error in a label opens what the policy was to close.", "Correct podSelector, or remove the policy.")
        {
            Find = Find.Related(["NetworkPolicy"], (found, set) => found.Root.At("spec", "podSelector") is var selector && !Selectors.IsEmpty(selector) && set.WorkloadsIn(found.Namespace).Any()
                && !set.Workloads.Any(workload => Selectors.Select(found, selector, workload)) ? (selector.Line, "selects none of these pods") : null),
        },
        new("fqdn-needs-dns", Severity.Error, "A Cilium policy allows names but sees no lookups.", "toFQDNs works only on names that a DNS rule let through.", "Add egress to the cluster's DNS with rules.dns.")
        {
            Find = Find.Objects(Cilium, found => Egress(found).FirstOrDefault(rule => rule["toFQDNs"].Exists) is { Exists: true } rule && !Egress(found).Any(HasDns) ? (rule.Line, "has toFQDNs without a DNS rule") : null),
        },
        new("dns-names-limited", Severity.Error, "A DNS rule lets every name be looked up.", "Names themselves carry data out.", "List the names with matchName.")
        {
            Find = Find.Objects(Cilium, found => Egress(found).SelectMany(rule => rule["toPorts"].Items).SelectMany(port => port.At("rules", "dns").Items).FirstOrDefault(dns => dns["matchPattern"].Text is "*" or "**") is { Exists: true } any ? (any.Line, "lets every name be looked up") : null),
        },
        new("no-world-entity", Severity.Error, "A Cilium policy opens to everything.", "The entities world, all and cluster leave nothing closed.", "Use toFQDNs, toCIDRSet with except, or toEndpoints.")
        {
            Find = Find.Objects(Cilium, found => Egress(found).Concat(found.Root.At("spec", "ingress").Items).FirstOrDefault(rule => Opens(rule["toEntities"]) || Opens(rule["fromEntities"])) is { Exists: true } rule ? (rule.Line, "opens world, all or cluster") : null),
        },
        new("one-kind-of-peer", Severity.Error, "A Cilium rule mixes kinds of peers.", "The agent refuses it, or the members are joined by 'and'.", "Put each kind into its own egress item.")
        {
            Find = Find.Objects(Cilium, found => Egress(found).FirstOrDefault(rule => rule.Members.Count(pair => pair.Key is "toFQDNs" or "toEndpoints" or "toEntities" or "toCIDR" or "toCIDRSet" or "toServices") > 1) is { Exists: true } rule ? (rule.Line, "mixes kinds of peers") : null),
        },
        new("no-node-service", Severity.Error, "A Service is reachable from outside the cluster.", "NodePort and LoadBalancer open a port on every node.", "Use type: ClusterIP.")
        {
            Find = Find.Objects(["Service"], found => found.Root.At("spec", "type") is { Exists: true, Text: "NodePort" or "LoadBalancer" } type ? (type.Line, $"has type {type.Text}") : null),
        },
        new("no-external-ip", Severity.Error, "A Service claims addresses of its own.", "externalIPs take over traffic to any address (CVE-2020-8554).", "Remove externalIPs.")
        {
            Find = Find.Objects(["Service"], found => found.Root.At("spec", "externalIPs") is { Exists: true } list && list.Items.Any() ? (list.Line, "has externalIPs") : null),
        },
        new("service-selects", Severity.Warning, "A Service selects none of these pods.", "It answers with connection refused.", "Correct spec.selector.")
        {
            Find = Find.Related(["Service"], (found, set) => found.Root.At("spec", "selector") is { Exists: true } selector && set.WorkloadsIn(found.Namespace).Any()
                && !set.WorkloadsIn(found.Namespace).Any(workload => Selectors.MatchesBare(selector, workload.Labels)) ? (selector.Line, "selects none of these pods") : null),
        },
        new("service-port-known", Severity.Error, "A Service names a port its pods do not have.", "The Service has no endpoints for it.", "Name a containerPort of the pods.")
        {
            Find = Find.Related(["Service"], UnknownPort),
        },
        new("ingress-tls", Severity.Error, "An Ingress is served without TLS.", "Tokens travel in the clear.", "Add spec.tls.")
        {
            Find = Find.Objects(["Ingress"], found => !found.Root.At("spec", "tls").Items.Any() ? (found.Root["spec"].Line, "has no tls") : null),
        },
    ];

    private static IEnumerable<ManifestNode> Egress(ManifestObject found) =>
        found.Root.At("spec", "egress").Items.Concat(found.Root["specs"].Items.SelectMany(spec => spec["egress"].Items));

    private static bool HasDns(ManifestNode rule) => rule["toPorts"].Items.Any(port => port.At("rules", "dns").Exists);

    private static bool Opens(ManifestNode entities) => entities.Has("world") || entities.Has("all") || entities.Has("cluster");

    private static bool IsDefaultDeny(ManifestObject policy)
    {
        var spec = policy.Root["spec"];
        return Selectors.IsEmpty(spec["podSelector"]) && spec["policyTypes"].Has("Ingress") && spec["policyTypes"].Has("Egress") && !spec["ingress"].Items.Any() && !spec["egress"].Items.Any();
    }

    private static bool IsOpen(ManifestNode rule) =>
        !rule["to"].Items.Any() || rule["to"].Items.Any(peer => peer.At("ipBlock", "cidr").Text is "0.0.0.0/0" or "::/0" && (!rule["ports"].Items.Any() || !peer.At("ipBlock", "except").Items.Any()));

    private static (int, string)? UnknownPort(ManifestObject found, ManifestSet set)
    {
        var pods = set.WorkloadsIn(found.Namespace).Where(workload => Selectors.MatchesBare(found.Root.At("spec", "selector"), workload.Labels)).ToList();
        var named = pods.SelectMany(workload => workload.Containers).SelectMany(part => part.Node["ports"].Items).Select(port => port["name"].Text).ToHashSet(StringComparer.Ordinal);
        var wrong = found.Root.At("spec", "ports").Items.Select(port => port["targetPort"]).FirstOrDefault(target => target is { Exists: true, Number: null } && !named.Contains(target.Text));
        return pods.Count > 0 && wrong.Exists ? (wrong.Line, $"names port '{wrong.Text}'") : null;
    }
}

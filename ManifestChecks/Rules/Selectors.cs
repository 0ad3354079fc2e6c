using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>Label selectors, as far as manifests can be asked.</summary>
internal static class Selectors
{
    public static bool Select(ManifestObject owner, ManifestNode selector, Workload workload) =>
        ManifestSet.Same(owner.Namespace, workload.Owner.Namespace) && Matches(selector, workload.Labels);

    /// <summary>An empty selector selects all, a missing one nothing.</summary>
    public static bool Matches(ManifestNode selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Exists
        && selector["matchLabels"].Members.All(pair => labels.TryGetValue(Plain(pair.Key), out var value) && value == pair.Value.Text)
        && selector["matchExpressions"].Items.All(expression => Holds(expression, labels));

    /// <summary>A Service's selector: bare labels; an empty one selects nothing.</summary>
    public static bool MatchesBare(ManifestNode selector, IReadOnlyDictionary<string, string> labels) =>
        selector.Members.Any() && selector.Members.All(pair => labels.TryGetValue(pair.Key, out var value) && value == pair.Value.Text);

    public static bool IsEmpty(ManifestNode selector) => !selector["matchLabels"].Members.Any() && !selector["matchExpressions"].Items.Any();

    private static bool Holds(ManifestNode expression, IReadOnlyDictionary<string, string> labels)
    {
        var has = labels.TryGetValue(Plain(expression["key"].Text ?? ""), out var value);
        return expression["operator"].Text switch
        {
            "In" => has && expression["values"].Has(value!),
            "NotIn" => !has || !expression["values"].Has(value!),
            "Exists" => has,
            "DoesNotExist" => !has,
            _ => false,
        };
    }

    /// <summary>Cilium may prefix a key with where the label comes from.</summary>
    private static string Plain(string key) => key.StartsWith("k8s:", StringComparison.Ordinal) ? key[4..] : key;
}

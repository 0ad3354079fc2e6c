using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>What the published rules decide, in C#: the reference the corpus, CEL and Rego are held to.</summary>
public static class AdmissionEvaluator
{
    /// <summary>Ids of the rules the object breaks; empty when it is admitted or makes no pods.</summary>
    public static IReadOnlyList<string> Broken(ManifestObject reviewed, AdmissionSettings settings)
    {
        ArgumentNullException.ThrowIfNull(reviewed);
        return Workload.Of(reviewed) is { } pod
            ? [.. AdmissionRules.Of(settings).Where(rule => rule.Breaks(pod, reviewed.Namespace)).Select(rule => rule.Id)]
            : [];
    }
}

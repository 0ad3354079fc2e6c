using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.PodSecurity;

/// <summary>Level restricted of the Pod Security Standards, as the admission controller judges a pod of the template.</summary>
public static class RestrictedEvaluator
{
    private static readonly IReadOnlyList<PodSecurityCheck> Checks = [.. BaselineChecks.All, .. RestrictedChecks.All];

    public static IEnumerable<string> CheckIds => Checks.Select(check => check.Id);

    /// <summary>Why the pod is refused; empty when it is admitted. A pod without containers is no pod.</summary>
    public static IReadOnlyList<PodSecurityReason> Refusals(Workload pod)
    {
        if (!pod.PodSpec["containers"].Items.Any())
        {
            return [new("noContainers", pod.PodSpec.Line, "the pod has no containers")];
        }

        return [.. Checks.Select(check => (check.Id, Hit: check.Judge(pod))).Where(judged => judged.Hit is not null)
            .Select(judged => new PodSecurityReason(judged.Id, judged.Hit!.Value.Line, judged.Hit.Value.Detail))];
    }
}

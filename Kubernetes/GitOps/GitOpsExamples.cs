using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.GitOps;

/// <summary>How Argo CD or Flux would apply an overlay. Examples: the repository is yours, so its address is not known here.</summary>
internal static class GitOpsExamples
{
    private const string Repository = "https://git.example.com/platform/secure-agent.git";

    public static IEnumerable<ManifestFile> Files(Plan plan)
    {
        foreach (var overlay in plan.Options.Overlays)
        {
            yield return new ManifestFile($"gitops/argocd-{overlay}.yaml", YamlWriter.Write([Application(overlay)]));
            yield return new ManifestFile($"gitops/flux-{overlay}.yaml", YamlWriter.Write([Source(overlay), Kustomization(plan, overlay)]));
        }
    }

    private static CustomObject Application(string overlay) => CustomObject.Of("argoproj.io/v1alpha1", "Application", In("argocd", overlay), new
    {
        Project = "default",
        Source = new { RepoURL = Repository, Path = $"overlays/{overlay}", TargetRevision = "main" },
        Destination = new { Server = "https://kubernetes.default.svc", Namespace = Names.SystemNamespace },
        SyncPolicy = new
        {
            Automated = new { Prune = true, SelfHeal = true },
            SyncOptions = new[] { "CreateNamespace=false", "ServerSideApply=true" },
        },
    });

    private static CustomObject Source(string overlay) => CustomObject.Of("source.toolkit.fluxcd.io/v1", "GitRepository", In("flux-system", overlay), new
    {
        Interval = "5m",
        Url = Repository,
        Ref = new { Branch = "main" },
    });

    private static CustomObject Kustomization(Plan plan, string overlay) => CustomObject.Of("kustomize.toolkit.fluxcd.io/v1", "Kustomization", In("flux-system", overlay), new
    {
        Interval = "10m",
        Path = $"./overlays/{overlay}",
        Prune = true,
        Wait = true,
        SourceRef = new { Kind = "GitRepository", Name = NameOf(overlay) },
        Decryption = plan.Options.Secrets == SecretsDelivery.Sops ? new { Provider = "sops", SecretRef = new { Name = "sops-age" } } : null,
    });

    private static V1ObjectMeta In(string space, string overlay) => Meta.Of(NameOf(overlay), space, Meta.Labels(NameOf(overlay), "gitops"));

    private static string NameOf(string overlay) => $"secure-agent-{overlay}";
}

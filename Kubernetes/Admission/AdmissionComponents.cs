using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Secrets;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>
/// <c>admission/OVERLAY</c>: the rules with that overlay's registry, as the API server's own policies (taken by the overlay), for
/// Gatekeeper, and for conftest. Each is whole, so that none says less when another is left out.
/// </summary>
internal static class AdmissionComponents
{
    public static string Default(string overlay) => $"admission/{overlay}/policies";

    public static string Gatekeeper(string overlay) => $"admission/{overlay}/gatekeeper";

    public static IEnumerable<ManifestFile> Files(Plan plan, string overlay)
    {
        var settings = Settings(plan, overlay);
        var files = AdmissionObjects.Files(settings).ToDictionary(file => file.Path, file => file.Documents, StringComparer.Ordinal);
        return
        [
            .. Of(Default(overlay), files, AdmissionObjects.PoliciesFile),
            .. Of($"{Gatekeeper(overlay)}/templates", files, AdmissionObjects.TemplatesFile),
            .. Of($"{Gatekeeper(overlay)}/constraints", files, AdmissionObjects.ConstraintsFile),
            new ManifestFile($"admission/{overlay}/conftest/secure_agent.rego", AdmissionObjects.Conftest(settings)),
        ];
    }

    public static AdmissionSettings Settings(Plan plan, string overlay) => new()
    {
        SystemNamespace = Names.SystemNamespace,
        SessionNamespace = Names.SessionNamespace,
        RoleLabel = Names.RoleLabel,
        TokenHolder = Names.Relay,
        RuntimeClasses = [RuntimeClasses.Name(plan.Options.Isolation)],
        Registries = [$"{Overlay.Registry(overlay)}/secure-agent/", .. plan.Options.Secrets == SecretsDelivery.VaultAgent ? [VaultAgent.Registry] : Array.Empty<string>()],
    };

    private static IEnumerable<ManifestFile> Of(string directory, Dictionary<string, IReadOnlyList<System.Text.Json.Nodes.JsonObject>> files, string name) =>
        new ManifestSet(directory).Add(name, files[name]).Files(Kustomization.Component());
}

using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Layout;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Secrets;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>
/// <c>admission/</c>: the rules as the API server's own policies (which overlays take), for Gatekeeper, and for conftest. What is shared lets in
/// the unprefixed images of the base alone; an overlay replaces the rule about registries, so that one without it admits nothing.
/// </summary>
internal static class AdmissionComponents
{
    public const string Default = $"admission/{AdmissionObjects.Policies}";

    private const string RegistryRule = "allowed-registries";

    /// <summary>The overlay's rule about registries.</summary>
    public const string Patch = $"{RegistryRule}.yaml";

    public static IEnumerable<ManifestFile> Files(Plan plan)
    {
        var files = AdmissionObjects.Files(Settings(plan, ""));
        return
        [
            .. new[] { AdmissionObjects.Policies, AdmissionObjects.Templates, AdmissionObjects.Constraints }.SelectMany(directory => Component(directory, files)),
            .. plan.Options.Overlays.SelectMany(overlay => Registry(overlay, Settings(plan, Overlay.Registry(overlay)))),
        ];
    }

    public static string PatchText(Plan plan, string overlay) =>
        YamlWriter.Write([Documents(Settings(plan, Overlay.Registry(overlay)), $"{AdmissionObjects.Policies}/{Patch}")[0]]);

    /// <summary>The API server's own policies, for images of one registry.</summary>
    public static IEnumerable<object> Policies(Plan plan, string registry) =>
        AdmissionObjects.Files(Settings(plan, registry)).Where(file => Path.GetDirectoryName(file.Path) == AdmissionObjects.Policies).SelectMany(file => file.Documents);

    public static string Registries(string overlay) => $"admission/gatekeeper/registries/{overlay}";

    public static string Conftest(string overlay) => $"admission/conftest/{overlay}";

    private static IEnumerable<ManifestFile> Registry(string overlay, AdmissionSettings settings) =>
    [
        .. new ManifestSet(Registries(overlay)).Add(Patch, Documents(settings, $"{AdmissionObjects.Constraints}/{Patch}")).Files(Kustomization.Component()),
        new ManifestFile($"{Conftest(overlay)}/secure_agent.rego", AdmissionObjects.Conftest(settings)),
    ];

    private static IReadOnlyList<JsonObject> Documents(AdmissionSettings settings, string path) => AdmissionObjects.Files(settings).Single(file => file.Path == path).Documents;

    /// <param name="registry">Of the overlay; empty for the images as the base names them.</param>
    public static AdmissionSettings Settings(Plan plan, string registry) => new()
    {
        SystemNamespace = Names.SystemNamespace,
        SessionNamespace = Names.SessionNamespace,
        RoleLabel = Names.RoleLabel,
        TokenHolder = Names.Relay,
        RuntimeClasses = [RuntimeClasses.Name(plan.Options.Isolation)],
        Registries = [$"{registry}/secure-agent/".TrimStart('/'), .. plan.Options.Secrets == SecretsDelivery.VaultAgent ? [VaultAgent.Registry] : Array.Empty<string>()],
    };

    private static IEnumerable<ManifestFile> Component(string directory, IReadOnlyList<AdmissionFile> files)
    {
        var set = new ManifestSet($"admission/{directory}");
        foreach (var file in files.Where(file => Path.GetDirectoryName(file.Path) == directory))
        {
            set.Add(Path.GetFileName(file.Path), file.Documents);
        }

        return set.Files(Kustomization.Component());
    }
}

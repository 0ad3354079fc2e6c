using k8s;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Parity;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>Every object of a core kind is read strictly and written again to the same bytes; every other kind is one we know.</summary>
public sealed class RoundTripTests
{
    /// <summary>Kinds of custom resources, which are held to their schemas.</summary>
    internal static readonly string[] CustomGroups =
        ["agents.x-k8s.io", "argoproj.io", "bitnami.com", "cert-manager.io", "cilium.io", "constraints.gatekeeper.sh", "external-secrets.io", "kustomize.toolkit.fluxcd.io", "secrets.hashicorp.com", "source.toolkit.fluxcd.io", "templates.gatekeeper.sh", "kustomize.config.k8s.io"];

    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void CoreKind_RoundTripsStrictly(Isolation isolation, SecretsDelivery secrets)
    {
        var count = 0;
        foreach (var document in Objects(Sample.Variant(isolation, secrets)))
        {
            var node = CustomReader.ToNode(document);
            var (api, kind) = ((string)node["apiVersion"]!, (string)node["kind"]!);
            if (CustomGroups.Contains(api.Split('/')[0]))
            {
                continue;
            }

            var type = Model(kind);
            var read = typeof(KubernetesYaml).GetMethod(nameof(KubernetesYaml.Deserialize), [typeof(string), typeof(bool)])!.MakeGenericMethod(type).Invoke(null, [document, true])!;
            Assert.Equal(document.TrimEnd('\n'), YamlWriter.Write([read]).TrimEnd('\n'));
            count++;
        }

        Assert.InRange(count, 30, 200);
    }

    internal static IEnumerable<string> Objects(IReadOnlyList<ManifestFile> files) => files
        .Where(file => file.Path.EndsWith(".yaml", StringComparison.Ordinal) && !file.Path.Contains("/.", StringComparison.Ordinal) && file.Path != "observability/falco-rules.yaml")
        .SelectMany(file => CustomReader.Split(file.Text));

    private static Type Model(string kind) =>
        typeof(k8s.Models.V1Pod).Assembly.GetType($"k8s.Models.V1{kind}") ?? throw new InvalidOperationException($"{kind} is neither a core kind nor a known custom one");
}

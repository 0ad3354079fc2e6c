using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Parity;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>Custom kinds against the schemas their projects publish, where those lie beside the repository; skipped, visibly, without.</summary>
public sealed class CustomKindTests
{
    private static readonly string? Schemas = Ancestors(AppContext.BaseDirectory).Select(directory => Path.Combine(directory, "..", "shared", "schemas")).FirstOrDefault(Directory.Exists);

    /// <summary>Groups whose kinds nobody publishes a schema for, and why.</summary>
    private static readonly Dictionary<string, string> WithoutSchema = new(StringComparer.Ordinal)
    {
        ["constraints.gatekeeper.sh"] = "Gatekeeper makes these kinds from the ConstraintTemplates beside them; kind and template are held together below",
    };

    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void CustomKind_MeetsItsSchema(Isolation isolation, SecretsDelivery secrets)
    {
        foreach (var node in CustomObjects(Sample.Options with { Isolation = isolation, Secrets = secrets }).Where(node => !WithoutSchema.ContainsKey(Group(node))))
        {
            Assert.Empty(SchemaCheck.Faults(Schema(node), node));
        }
    }

    [Fact]
    public void EveryCustomKindOfEveryVariant_IsOneOfThese()
    {
        var kinds = Sample.AllOptions().SelectMany(CustomObjects).Where(node => !WithoutSchema.ContainsKey(Group(node))).Select(node => $"{Group(node)}/{node["kind"]}").Distinct().Order(StringComparer.Ordinal);

        Assert.Equal(
        [
            "agents.x-k8s.io/Sandbox", "argoproj.io/Application", "bitnami.com/SealedSecret", "cert-manager.io/Certificate", "cert-manager.io/Issuer", "cilium.io/CiliumNetworkPolicy",
            "cilium.io/TracingPolicyNamespaced", "external-secrets.io/ExternalSecret", "external-secrets.io/SecretStore", "kustomize.toolkit.fluxcd.io/Kustomization",
            "secrets.hashicorp.com/VaultAuth", "secrets.hashicorp.com/VaultConnection", "secrets.hashicorp.com/VaultStaticSecret", "source.toolkit.fluxcd.io/GitRepository",
            "templates.gatekeeper.sh/ConstraintTemplate",
        ], kinds);
    }

    [Fact]
    public void Constraint_HasATemplateThatMakesItsKind()
    {
        var objects = CustomObjects(Sample.Options).ToList();
        var made = objects.Where(node => (string)node["kind"]! == "ConstraintTemplate").Select(node => (string)node["spec"]!["crd"]!["spec"]!["names"]!["kind"]!).ToHashSet(StringComparer.Ordinal);
        var constraints = objects.Where(node => Group(node) == "constraints.gatekeeper.sh").ToList();

        Assert.NotEmpty(constraints);
        Assert.All(constraints, node => Assert.Contains((string)node["kind"]!, made));
        Assert.All(constraints, node => Assert.Superset(new HashSet<string> { "enforcementAction", "match" }, node["spec"]!.AsObject().Select(member => member.Key).ToHashSet()));
    }

    [Theory]
    [InlineData("CiliumNetworkPolicy", "endpointSelector", "endpointSelectors")]
    [InlineData("Certificate", "secretName", "secret")]
    [InlineData("ConstraintTemplate", "targets", "target")]
    [InlineData("Application", "syncPolicy", "sync")]
    public void WrongMember_IsAFault(string kind, string from, string to)
    {
        var node = CustomObjects(Sample.Options).First(each => (string)each["kind"]! == kind);
        var spec = node["spec"]!.AsObject();
        spec[to] = spec[from]!.DeepClone();
        spec.Remove(from);

        Assert.NotEmpty(SchemaCheck.Faults(Schema(node), node));
    }

    private static IEnumerable<JsonNode> CustomObjects(PublishOptions options) => RoundTripTests.Objects(Sample.Variant(options.Isolation, options.Secrets))
        .Select(CustomReader.ToNode)
        .Where(node => Group(node) is var group && group != "kustomize.config.k8s.io" && RoundTripTests.CustomGroups.Contains(group));

    private static JsonNode Schema(JsonNode node)
    {
        Assert.SkipWhen(Schemas is null, "no schemas beside the repository (../shared/schemas): custom kinds were not checked");
        var version = ((string)node["apiVersion"]!).Split('/')[1];
        return JsonNode.Parse(File.ReadAllText(Path.Combine(Schemas!, Group(node), $"{((string)node["kind"]!).ToLowerInvariant()}_{version}.json")))!;
    }

    private static string Group(JsonNode node) => ((string)node["apiVersion"]!).Split('/')[0];

    private static IEnumerable<string> Ancestors(string directory)
    {
        for (var at = directory; at is not null; at = Path.GetDirectoryName(at))
        {
            yield return at;
        }
    }
}

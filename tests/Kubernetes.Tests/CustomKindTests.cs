using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Parity;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>Custom kinds against the schemas their projects publish, where those lie beside the repository; skipped, visibly, without.</summary>
public sealed class CustomKindTests
{
    private static readonly string? Schemas = Ancestors(AppContext.BaseDirectory).Select(directory => Path.Combine(directory, "..", "shared", "schemas")).FirstOrDefault(Directory.Exists);

    [Theory]
    [MemberData(nameof(Sample.Variants), MemberType = typeof(Sample))]
    public void CustomKind_MeetsItsSchema(Isolation isolation, SecretsDelivery secrets)
    {
        var checkedKinds = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var node in CustomObjects(Sample.Options with { Isolation = isolation, Secrets = secrets }))
        {
            Assert.Empty(SchemaCheck.Faults(Schema(node), node));
            checkedKinds.Add((string)node["kind"]!);
        }

        Assert.Superset(new HashSet<string> { "Certificate", "CiliumNetworkPolicy", "Issuer", "Sandbox", "TracingPolicyNamespaced" }, checkedKinds);
    }

    [Theory]
    [InlineData("CiliumNetworkPolicy", "endpointSelector", "endpointSelectors")]
    [InlineData("Certificate", "secretName", "secret")]
    public void WrongMember_IsAFault(string kind, string from, string to)
    {
        var node = CustomObjects(Sample.Options).First(each => (string)each["kind"]! == kind);
        var spec = node["spec"]!.AsObject();
        spec[to] = spec[from]!.DeepClone();
        spec.Remove(from);

        Assert.NotEmpty(SchemaCheck.Faults(Schema(node), node));
    }

    private static IEnumerable<JsonNode> CustomObjects(PublishOptions options) => RoundTripTests.Objects(Sample.Publish(options))
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

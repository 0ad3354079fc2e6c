using System.Collections.Concurrent;
using SecureAgent.AppHost;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Topology;

namespace SecureAgent.Kubernetes.Tests;

internal static class Sample
{
    private static readonly ConcurrentDictionary<(Isolation, SecretsDelivery), IReadOnlyList<ManifestFile>> Published = new();

    public const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            sandbox: { cpu: 2, memory: 2GiB, wallClock: 20m, tmp: 128MiB }
            files:
              - root: ${workspace}
                allow: ["**"]
            egress:
              - { host: packages.example.com }
              - { host: "*.internal.example.com", ports: [443, 8443] }
              - { host: api.example.com, ports: [80], inject: api }
              - { host: 93.184.215.14, ports: [443] }
            secrets:
              api: { vault: "secret/ai/api#token", deliver: { header: authorization, prefix: "Bearer ", host: api.example.com } }
            inference: { models: ["*"] }

        """;

    public static Graph Graph { get; } = DevServer.Build();

    public static PublishOptions Options => new() { PolicyText = Policy };

    public static IReadOnlyList<ManifestFile> Publish(PublishOptions options) => Publisher.Publish(Graph, options);

    /// <summary>The default variant.</summary>
    public static IReadOnlyList<ManifestFile> Publish() => Variant(Isolation.Kata, SecretsDelivery.Broker);

    /// <summary>One variant of the sample, published once: the same input gives the same bytes, which <see cref="PublishTests"/> holds.</summary>
    public static IReadOnlyList<ManifestFile> Variant(Isolation isolation, SecretsDelivery secrets) =>
        Published.GetOrAdd((isolation, secrets), _ => Publish(Options with { Isolation = isolation, Secrets = secrets }));

    public static PublishOptions With(string from, string to)
    {
        Assert.Contains(from, Policy, StringComparison.Ordinal);
        return Options with { PolicyText = Policy.Replace(from, to, StringComparison.Ordinal) };
    }

    public static IEnumerable<PublishOptions> AllOptions() =>
        from isolation in Enum.GetValues<Isolation>()
        from secrets in Enum.GetValues<SecretsDelivery>()
        select Options with { Isolation = isolation, Secrets = secrets };

    public static TheoryData<Isolation, SecretsDelivery> Variants()
    {
        var data = new TheoryData<Isolation, SecretsDelivery>();
        foreach (var options in AllOptions())
        {
            data.Add(options.Isolation, options.Secrets);
        }

        return data;
    }
}

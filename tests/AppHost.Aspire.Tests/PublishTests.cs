using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using SecureAgent.AppHost.Aspire;
using SecureAgent.Hosting.Server;
using SecureAgent.Kubernetes;
using SecureAgent.ManifestChecks;
using SecureAgent.ManifestChecks.PodSecurity;
using SecureAgent.ManifestChecks.Reading;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.AppHost.Aspire.Tests;

/// <summary>The chart is the Kustomize output in another wrapping, and passes the same checks.</summary>
public sealed class PublishTests : IDisposable
{
    /// <summary>As the JSON writer spells <c>'</c>.</summary>
    private const string AnyRegistry = @"\u0027secure-agent/\u0027";
    private const string OneRegistry = @"\u0027registry.example.com/secure-agent/\u0027";

    private readonly string chart = Directory.CreateTempSubdirectory("sa-chart-").FullName;

    public void Dispose() => Directory.Delete(chart, recursive: true);

    [Fact]
    public async Task Chart_RenderedWithItsValues_PassesEveryCheck()
    {
        await PublishAsync();
        var set = ManifestReader.Read(Render());

        Assert.Empty(ManifestCheck.Run(set).Findings);
        Assert.NotEmpty(set.Workloads);
        Assert.All(set.Workloads, pod => Assert.Empty(RestrictedEvaluator.Refusals(pod)));
    }

    [Fact]
    public async Task Chart_HasTheObjectsOfTheKustomizeOutput()
    {
        await PublishAsync();
        var options = new PublishOptions { PolicyText = await File.ReadAllTextAsync(AspireModel.Programs.DefaultPolicy, TestContext.Current.CancellationToken), Overlays = ["staging"] };
        var kustomize = Publisher.Publish(DevServer.Build(), options)
            .Where(file => file.Path.EndsWith(".yaml", StringComparison.Ordinal) && !file.Path.EndsWith("kustomization.yaml", StringComparison.Ordinal))
            .Where(file => file.Path.StartsWith("base/", StringComparison.Ordinal) || file.Path.StartsWith("components/cilium/", StringComparison.Ordinal) || file.Path.StartsWith("admission/policies/", StringComparison.Ordinal))
            .SelectMany(file => Documents(file.Text));

        var rendered = Directory.EnumerateFiles(Render(), "*.yaml", SearchOption.AllDirectories).SelectMany(file => Documents(File.ReadAllText(file)));

        // The overlay names the registry in images, and in the one rule about them.
        Assert.Equal(
            kustomize.Select(text => text.Replace(AnyRegistry, OneRegistry, StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            rendered.Select(text => Regex.Replace(text, @"registry\.example\.com/(secure-agent/[a-z-]+:)", "$1")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Values_HoldTheImageOfEveryProgram_AndNothingElse()
    {
        await PublishAsync();

        var values = await File.ReadAllTextAsync(Path.Combine(chart, "values.yaml"), TestContext.Current.CancellationToken);
        var images = Regex.Matches(values, @"image_[a-z_]+: ""(?<image>[^""]+)""").Select(found => found.Groups["image"].Value);

        Assert.Equal(ChartObjects.Programs(DevServer.Build()).Select(name => $"registry.example.com/{ChartObjects.BaseImage(name)}"), images.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(Regex.Matches(values, @": ""(?<value>[^""]*)""").Select(found => found.Groups["value"].Value), value => !value.StartsWith("registry.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chart_IsWhatWasReviewed()
    {
        await PublishAsync();
        var files = Directory.EnumerateFiles(chart, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(chart, file)).Order(StringComparer.Ordinal);
        string[] whole = ["values.yaml", "templates/agent-runner/statefulset-secure-agent-system-agent-runner.yaml"];
        var received = string.Join('\n', [.. files, .. whole.Select(file => $"\n# {file}\n{File.ReadAllText(Path.Combine(chart, file)).ReplaceLineEndings("\n")}")]);

        Snapshot.Matches("chart.txt", received);
    }

    [Fact]
    public async Task Registry_IsInImagesAndInTheAdmissionRule()
    {
        await PublishAsync(server => server.WithKubernetes("images.example.net", Isolation.Gvisor));

        var values = await File.ReadAllTextAsync(Path.Combine(chart, "values.yaml"), TestContext.Current.CancellationToken);
        var rule = await File.ReadAllTextAsync(Path.Combine(chart, "templates/desktop-agent/validatingadmissionpolicy-secure-agent-allowed-registries.yaml"), TestContext.Current.CancellationToken);

        Assert.Contains("images.example.net/secure-agent/agent-runner:", values, StringComparison.Ordinal);
        Assert.Contains("'images.example.net/secure-agent/'", rule, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(chart, "templates/desktop-agent/runtimeclass-gvisor.yaml")));
        Assert.Empty(ManifestCheck.Run(ManifestReader.Read(Render())).Findings);
    }

    private async Task PublishAsync(Action<IResourceBuilder<SecureAgentResource>>? change = null)
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions
        {
            Args = ["--operation", "publish", "--step", "publish", "--output-path", chart], DisableDashboard = true,
        });
        AspireHost.Compose(builder, new HostOptions { DataDirectory = "/nowhere", Programs = AspireModel.Programs });
        change?.Invoke(builder.CreateResourceBuilder(builder.Resources.OfType<SecureAgentResource>().Single()));
        await using var application = builder.Build();
        await application.RunAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>The templates with <c>.Values</c> put in: all that they use of Helm, which <see cref="Rendered"/> makes sure of.</summary>
    private string Render()
    {
        var values = ValuesOf(Path.Combine(chart, "values.yaml"));
        var output = Path.Combine(chart, "rendered");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(chart, "templates"), "*.yaml", SearchOption.AllDirectories))
        {
            var target = Path.Combine(output, Path.GetRelativePath(chart, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllText(target, Rendered(File.ReadAllText(file), values));
        }

        return output;
    }

    private static string Rendered(string template, Dictionary<string, string> values)
    {
        var text = Regex.Replace(template, @"\{\{ \.Values\.([A-Za-z0-9_.]+) \}\}", found => values[found.Groups[1].Value]).Replace("{{ \"{{\" }}", "\0", StringComparison.Ordinal);
        Assert.DoesNotContain("{{", text, StringComparison.Ordinal);
        return text.Replace("\0", "{{", StringComparison.Ordinal);
    }

    private static Dictionary<string, string> ValuesOf(string file)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(File.ReadAllText(file)));
        return (from section in ((YamlMappingNode)stream.Documents[0].RootNode).Children
                from resource in ((YamlMappingNode)section.Value).Children
                from value in ((YamlMappingNode)resource.Value).Children
                select KeyValuePair.Create($"{section.Key}.{resource.Key}.{value.Key}", ((YamlScalarNode)value.Value).Value!)).ToDictionary();
    }

    /// <summary>Each document as JSON, so that only what it says is compared.</summary>
    private static IEnumerable<string> Documents(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return stream.Documents.Select(document => Json(document.RootNode).ToJsonString());
    }

    private static JsonNode Json(YamlNode node) => node switch
    {
        YamlMappingNode members => new JsonObject(members.Children.Select(member => KeyValuePair.Create(member.Key.ToString(), (JsonNode?)Json(member.Value)))),
        YamlSequenceNode items => new JsonArray([.. items.Children.Select(Json)]),
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar when Regex.IsMatch(scalar.Value!, @"^(true|false|null|-?\d+(\.\d+)?)$") => JsonValue.Create($"not text: {scalar.Value}"),
        YamlScalarNode scalar => JsonValue.Create(scalar.Value)!,
        _ => throw new InvalidOperationException($"a manifest has no {node.NodeType}"),
    };
}

using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Aspire.Tests;

/// <summary>Both hosts tell a process the same; what one of them adds is listed here with its reason.</summary>
public sealed class EnvironmentTests
{
    private static readonly Graph Graph = DevServer.Build();

    /// <summary>What only Aspire gives, by prefix.</summary>
    private static readonly (string Prefix, string Reason)[] OfAspire =
    [
        ("OTEL_", "telemetry goes to the dashboard; the standalone host passes on what its own environment has"),
        ("LOGGING__CONSOLE__", "console lines in the form the dashboard reads"),
        ("DOTNET_SYSTEM_CONSOLE_", "colours in the dashboard's console logs"),
        ("SECRET_BROKER_HTTP", "Aspire's second spelling of a callee's address"),
        ("FILE_GATE_HTTP", "Aspire's second spelling of a callee's address"),
        ("EGRESS_PROXY_HTTP", "Aspire's second spelling of a callee's address"),
        ("INFERENCE_GATEWAY_HTTP", "Aspire's second spelling of a callee's address"),
        ("AGENT_RUNNER_HTTP", "Aspire's second spelling of a callee's address"),
    ];

    /// <summary>Filled in by the orchestrator when the process starts: the annotation holds the resource's name.</summary>
    private const string ServiceName = "{{- index .Annotations \"otel-service-name\" -}}";

    public static TheoryData<string> Processes => [.. Graph.Processes.Select(component => component.Name)];

    [Theory]
    [MemberData(nameof(Processes))]
    public async Task Environment_EqualsTheStandaloneHosts(string process)
    {
        await using var model = AspireModel.OfHost();
        var standalone = HostEnvironmentBuilder.Validate(model.Server.Options).For(Graph, Graph[process], model.Server.Layout, new Dictionary<string, string>());

        var aspire = (await model.EnvironmentAsync(process)).ToDictionary(pair => pair.Key, pair => pair.Value == ServiceName ? process : pair.Value);

        Assert.Equal(standalone.OrderBy(pair => pair.Key), aspire.Where(pair => standalone.ContainsKey(pair.Key)).OrderBy(pair => pair.Key));
        Assert.DoesNotContain(aspire.Keys, name => !standalone.ContainsKey(name) && !OfAspire.Any(listed => name.StartsWith(listed.Prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ListedDifferences_AreThere_EachWithItsReason()
    {
        await using var model = AspireModel.OfHost();
        var given = new List<string>();
        foreach (var component in Graph.Processes)
        {
            given.AddRange((await model.EnvironmentAsync(component.Name)).Keys);
        }

        Assert.All(OfAspire, listed => Assert.True(listed.Reason.Length > 10 && given.Any(name => name.StartsWith(listed.Prefix, StringComparison.Ordinal)), listed.Prefix));
    }

    [Fact]
    public async Task Endpoints_AreTheStandaloneHosts()
    {
        await using var model = AspireModel.OfHost();

        foreach (var component in Graph.Processes)
        {
            Assert.Equal($"http://127.0.0.1:{model.Server.Layout.Ports[component.Name]}", (await model.EnvironmentAsync(component.Name))["ASPNETCORE_URLS"]);
        }
    }
}

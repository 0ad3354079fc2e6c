using SecureAgent.AppHost;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Contracts;
using SecureAgent.Hosting.Server;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Tests;

/// <summary>What must hold of the one graph whatever else changes in it.</summary>
public sealed class DevServerTests
{
    private static readonly Graph Graph = DevServer.Build();

    [Fact]
    public void Sandbox_ReachesGatesOnly_AndNeverTheBroker()
    {
        var reached = Graph.Targets(ComponentNames.DesktopAgent, EdgeKind.Relays).ToList();

        Assert.All(reached, component => Assert.Equal(ComponentRole.Gate, component.Role));
        Assert.DoesNotContain(reached, component => component.Name == ComponentNames.SecretBroker);
    }

    [Fact]
    public void Runner_ControlsEveryGate()
    {
        Assert.Equal(
            Graph.Components.Where(component => component.Role == ComponentRole.Gate).Select(component => component.Name).Order(),
            Graph.Targets(ComponentNames.AgentRunner, EdgeKind.Controls).Select(component => component.Name).Order());
    }

    [Fact]
    public void OnlyEgressProxy_ReachesTheWorld()
    {
        Assert.Equal([ComponentNames.EgressProxy], Graph.Edges.Where(edge => edge.To == "allowed-hosts").Select(edge => edge.From));
    }

    [Fact]
    public void Project_OfEveryComponent_IsAFolderOfTheSolution()
    {
        var solution = File.ReadAllText(SolutionFile());

        Assert.All(Graph.Components.Where(component => component.Project is not null), component =>
            Assert.Contains($"\"{component.Project}\"", solution, StringComparison.Ordinal));
    }

#if !ASPIRE
    [Fact]
    public void RestoredPackages_HaveNothingOfAspire_UnlessItIsAskedFor()
    {
        var restored = Directory.EnumerateFiles(Path.Combine(Path.GetDirectoryName(SolutionFile())!, "artifacts", "obj"), "project.assets.json", SearchOption.AllDirectories).ToList();

        Assert.Contains(restored, path => path.Contains("/AppHost/", StringComparison.Ordinal));
        Assert.All(restored, path => Assert.DoesNotContain("\"Aspire.", File.ReadAllText(path), StringComparison.Ordinal));
    }
#endif

    [Fact]
    public async Task TokenFiles_AreOnePerCallEdge_PrivateAndValid()
    {
        var run = Directory.CreateTempSubdirectory("sa-tokens-").FullName;
        Directory.CreateDirectory(Path.Combine(run, "tokens"));
        var layout = new ServerLayout("/data", run, "b-1", new Dictionary<string, int>());
        using var tokens = new TokenFiles(Graph, layout, TimeProvider.System);
        tokens.WriteAll();

        foreach (var (caller, audience) in ProcessEnvironment.Tokens(Graph))
        {
            var file = Path.Combine(layout.TokenDirectory(caller), audience);
            using var validator = new ServiceTokenValidator(await File.ReadAllTextAsync(layout.TokenKeyFile), audience, TimeProvider.System);
            Assert.Equal(caller, await validator.ValidateAsync(await File.ReadAllTextAsync(file)));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        Directory.Delete(run, recursive: true);
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/v1", null, 0, "--model-url")]
    [InlineData("nonsense", null, 0, "--model-url")]
    [InlineData(null, "key", 0, "--model-secret")]
    [InlineData(null, null, -1, "--pool '-1'")]
    [InlineData(null, null, 65, "--pool '65'")]
    public void Options_Wrong_AreNamed(string? url, string? secret, int pool, string named)
    {
        var policy = Path.Combine(Path.GetDirectoryName(SolutionFile())!, "policies", "default.yaml");
        var options = new HostOptions { DataDirectory = "/data", PolicyFile = policy, ModelUrl = url is null ? null : new Uri(url, UriKind.RelativeOrAbsolute), ModelSecret = secret, Pool = pool };

        Assert.Contains(named, Assert.Throws<StartupException>(() => HostEnvironmentBuilder.Validate(options)).Message, StringComparison.Ordinal);
    }

    private static string SolutionFile([System.Runtime.CompilerServices.CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", "SecureAgent.sln"));
}

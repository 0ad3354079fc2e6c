using System.Xml.Linq;

namespace SecureAgent.Architecture.Tests;

/// <summary>Who may reference whom (docs/architecture.md): a process links libraries, never another process.</summary>
public sealed class ReferenceRulesTests
{
    private static readonly string[] Processes = ["AgentRunner", "FileGate", "SecretBroker", "EgressProxy", "InferenceGateway", "DesktopAgent", "Guest", "Relay", "Console", "Cli", "AppHost"];
    private static readonly string[] Libraries = ["Contracts", "Policy", "Topology", "ServiceDefaults", "Kubernetes", "ManifestChecks", "Hosting"];

    /// <summary>Packages that do I/O; a pure library has none of them.</summary>
    private static readonly string[] InputOutputPackages = ["Grpc.Net.Client", "Grpc.AspNetCore", "OpenTelemetry", "Yarp", "KubernetesClient", "ModelContextProtocol", "Microsoft.Extensions.AI"];

    public static TheoryData<string> ProcessNames => [.. Processes];

    [Theory]
    [MemberData(nameof(ProcessNames))]
    public void Process_Links_OnlyLibraries(string process)
    {
        var linked = Linked(process);

        Assert.Empty(linked.Except(Libraries));
    }

    [Fact]
    public void Guest_LinksNothing()
    {
        Assert.Empty(Linked("Guest"));
    }

    [Theory]
    [InlineData("Contracts", new string[0])]
    [InlineData("Policy", new string[0])]
    [InlineData("Topology", new[] { "Contracts" })]
    [InlineData("ManifestChecks", new string[0])]
    [InlineData("Kubernetes", new[] { "Contracts", "Policy", "Topology", "ManifestChecks" })]
    [InlineData("Hosting", new[] { "Contracts", "Policy", "Topology", "ServiceDefaults", "Kubernetes" })]
    [InlineData("ServiceDefaults", new[] { "Contracts", "Policy", "Topology" })]
    public void Library_Links_OnlyWhatIsBelowIt(string library, string[] allowed)
    {
        Assert.Empty(Linked(library).Except(allowed));
    }

    [Theory]
    [InlineData("Contracts")]
    [InlineData("Policy")]
    [InlineData("Topology")]
    public void PureLibrary_HasNoPackageThatDoesInputOutput(string library)
    {
        var packages = Load(library).Descendants("PackageReference").Select(reference => (string)reference.Attribute("Include")!);

        Assert.DoesNotContain(packages, package => InputOutputPackages.Any(prefix => package.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.Empty(Load(library).Descendants("FrameworkReference"));
    }

    [Theory]
    [InlineData("Policy")]
    [InlineData("Topology")]
    public void PureLibrary_TouchesNoFileNetworkOrClock(string library)
    {
        string[] forbidden = ["File.", "Directory.", "Socket", "HttpClient", "TimeProvider", "Stopwatch", "Environment.", "Process."];
        foreach (var source in Repository.SourcesOf(library))
        {
            var code = File.ReadLines(source).Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal));
            Assert.DoesNotContain(code, line => forbidden.Any(word => System.Text.RegularExpressions.Regex.IsMatch(line, @"(?<![\w.""'`])" + System.Text.RegularExpressions.Regex.Escape(word))));
        }
    }

    [Fact]
    public void TestProject_References_ItsSubjectAndTheTestKitOnly()
    {
        foreach (var project in Repository.ProjectFiles.Where(path => Repository.Relative(path).StartsWith("tests/", StringComparison.Ordinal)))
        {
            var name = Path.GetFileNameWithoutExtension(project);
            if (name is "Testing" or "FakeVault")
            {
                continue;
            }

            var subject = name.Split('.')[0];
            var allowed = new[] { subject, "Testing", "FakeVault" };
            Assert.Empty(References(project).Except(allowed));
        }
    }

    [Fact]
    public void Repository_HasOneSolutionFile()
    {
        Assert.Equal(["SecureAgent.sln"], Directory.EnumerateFiles(Repository.Root, "*.sln*").Select(Path.GetFileName));
    }

    [Fact]
    public void Solution_HoldsEveryProject()
    {
        var solution = File.ReadAllText(Path.Combine(Repository.Root, "SecureAgent.sln")).Replace('\\', '/');

        Assert.All(Repository.ProjectFiles, project => Assert.Contains($"\"{Repository.Relative(project)}\"", solution, StringComparison.Ordinal));
    }

    private static IReadOnlyList<string> Linked(string project) =>
        References(Path.Combine(Repository.Root, project, project + ".csproj"));

    private static XDocument Load(string project) => XDocument.Load(Path.Combine(Repository.Root, project, project + ".csproj"));

    /// <summary>Linked projects by name; those that are only built, to be started as programs, are left out.</summary>
    private static IReadOnlyList<string> References(string project) =>
        [.. XDocument.Load(project).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .SelectMany(reference => ((string)reference.Attribute("Include")!).Split(';'))
            .Select(include => Path.GetFileNameWithoutExtension(include.Replace('\\', '/')))];
}

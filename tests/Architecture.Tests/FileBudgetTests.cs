namespace SecureAgent.Architecture.Tests;

/// <summary>Small files: nine in ten under 200 lines, never over 600, over 400 only with a reason here.</summary>
public sealed class FileBudgetTests
{
    /// <summary>Files over 400 lines and why they are not smaller.</summary>
    private static readonly Dictionary<string, string> Reasons = [];

    private static readonly string[] Product =
        ["AppHost", "AgentRunner", "FileGate", "SecretBroker", "EgressProxy", "InferenceGateway", "DesktopAgent", "Guest", "Relay", "Console", "Cli", "Contracts", "Policy", "Topology", "ServiceDefaults", "Kubernetes", "ManifestChecks", "Hosting"];

    private static IReadOnlyList<(string Path, int Lines)> Sizes { get; } =
        [.. Product.SelectMany(Repository.SourcesOf).Select(path => (Repository.Relative(path), File.ReadLines(path).Count()))];

    [Fact]
    public void NoFile_IsOver600Lines()
    {
        Assert.DoesNotContain(Sizes, size => size.Lines > 600);
    }

    [Fact]
    public void FileOver400Lines_HasAReason()
    {
        Assert.Empty(Sizes.Where(size => size.Lines > 400).Select(size => size.Path).Except(Reasons.Keys));
    }

    [Fact]
    public void NineInTenFiles_AreUnder200Lines()
    {
        var ordered = Sizes.Select(size => size.Lines).Order().ToArray();

        Assert.InRange(ordered[ordered.Length * 9 / 10], 0, 200);
    }

    [Fact]
    public void ProgramFile_IsATableOfContents()
    {
        Assert.DoesNotContain(Sizes, size => size.Path.EndsWith("/Program.cs", StringComparison.Ordinal) && size.Lines > 40);
    }

    [Fact]
    public void Process_HasAReadme()
    {
        string[] processes = ["AgentRunner", "FileGate", "SecretBroker", "EgressProxy", "InferenceGateway", "DesktopAgent", "Guest", "Relay", "Console", "Cli", "AppHost"];

        Assert.All(processes, process => Assert.True(File.Exists(Path.Combine(Repository.Root, process, "README.md")), $"{process}/README.md is missing"));
    }
}

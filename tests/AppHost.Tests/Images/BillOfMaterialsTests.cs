using System.Text.Json;
using SecureAgent.AppHost.Images;
using SecureAgent.AppHost.Standalone;
using SecureAgent.Hosting.Server;

namespace SecureAgent.AppHost.Tests.Images;

public sealed class BillOfMaterialsTests
{
    private static readonly string Root = ProgramFiles.SourceRoot(AppContext.BaseDirectory);

    public static TheoryData<string> Projects => [.. ComponentImage.Of(DevServer.Build()).Select(image => image.Project)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void Bill_ListsEveryPackageOfTheRestore_ThatBringsFiles(string project)
    {
        var bill = Bill(project);

        var listed = bill.GetProperty("components").EnumerateArray().Where(part => part.TryGetProperty("purl", out _)).Select(part => part.GetProperty("purl").GetString()).ToList();
        Assert.Equal(Restored(project).Order(StringComparer.Ordinal), listed.Order(StringComparer.Ordinal));
        Assert.All(
            bill.GetProperty("components").EnumerateArray().Where(part => part.TryGetProperty("purl", out _)),
            part => Assert.Matches("^[0-9a-f]{128}$", Assert.Single(part.GetProperty("hashes").EnumerateArray()).GetProperty("content").GetString()!));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void Bill_RefersOnlyToItsOwnParts_AndHasNoTwoOfOneName(string project)
    {
        var bill = Bill(project);
        var root = bill.GetProperty("metadata").GetProperty("component").GetProperty("bom-ref").GetString()!;
        var parts = bill.GetProperty("components").EnumerateArray().Select(part => part.GetProperty("bom-ref").GetString()!).Append(root).ToList();

        Assert.Equal(parts.Count, parts.Distinct().Count());
        Assert.Equal(("CycloneDX", "1.6"), (bill.GetProperty("bomFormat").GetString(), bill.GetProperty("specVersion").GetString()));
        Assert.All(bill.GetProperty("dependencies").EnumerateArray(), entry =>
        {
            Assert.Contains(entry.GetProperty("ref").GetString(), parts);
            Assert.All(entry.GetProperty("dependsOn").EnumerateArray(), reference => Assert.Contains(reference.GetString(), parts));
        });
        Assert.Contains(bill.GetProperty("dependencies").EnumerateArray(), entry => entry.GetProperty("ref").GetString() == root && entry.GetProperty("dependsOn").GetArrayLength() > 0);
    }

    [Fact]
    public void SameProgram_GivesTheSameBytes()
    {
        Assert.Equal(BillOfMaterials.Write("file-gate", Dependencies("FileGate")), BillOfMaterials.Write("file-gate", Dependencies("FileGate")));
    }

    private static JsonElement Bill(string project) => JsonDocument.Parse(BillOfMaterials.Write("x", Dependencies(project))).RootElement;

    private static string Dependencies(string project) =>
        File.ReadAllText(Path.Combine(ProgramFiles.OfThisHost.DirectoryOf(project), $"SecureAgent.{project}.deps.json"));

    /// <summary>The restore's own answer: packages with files that are there at run time.</summary>
    private static IEnumerable<string> Restored(string project)
    {
        using var assets = JsonDocument.Parse(File.ReadAllText(Path.Combine(Root, "artifacts", "obj", project, "project.assets.json")));
        foreach (var library in assets.RootElement.GetProperty("targets").EnumerateObject().First().Value.EnumerateObject())
        {
            var brings = new[] { "runtime", "runtimeTargets", "native" }.Any(kind => library.Value.TryGetProperty(kind, out var files) && files.EnumerateObject().Any(file => !file.Name.EndsWith("_._", StringComparison.Ordinal)));
            if (library.Value.GetProperty("type").GetString() == "package" && brings)
            {
                yield return $"pkg:nuget/{library.Name.Replace('/', '@')}";
            }
        }
    }
}

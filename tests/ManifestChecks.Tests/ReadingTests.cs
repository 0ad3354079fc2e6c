using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Tests;

public sealed class ReadingTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("manifests");

    [Fact]
    public void Directory_OfManyDocumentsAndLists_YieldsEachObject()
    {
        Write("a/two.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: one }\n---\n---\napiVersion: v1\nkind: Namespace\nmetadata: { name: two }\n");
        Write("list.json", """{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"three"}}]}""");
        Write("values.yaml", "replicas: 2\n");

        var set = ManifestReader.Read(folder.FullName);

        Assert.Equal(["one", "two", "three"], set.Objects.Select(found => found.Name));
        Assert.Equal([1, 6, 1], set.Objects.Select(found => found.Root.Line));
        Assert.Equal(["values.yaml"], set.OtherFiles);
    }

    [Fact]
    public void KustomizationsPatch_IsNotJudgedAlone_WhileAResourceIs()
    {
        Write("base/pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: { name: whole }\n");
        Write("overlay/part.yaml", "apiVersion: v1\nkind: Pod\nmetadata: { name: part }\n");
        Write("overlay/kustomization.yaml", "resources: [../base]\npatches: [{ path: part.yaml }]\n");

        Assert.Equal(["whole"], ManifestReader.Read(folder.FullName).Objects.Select(found => found.Name));
    }

    [Theory]
    [InlineData("Component", 0)]
    [InlineData("Kustomization", 1)]
    public void SameObject_InTwoComponents_IsAChoice_AndElsewhereWrittenTwice(string kind, int expected)
    {
        foreach (var folderName in new[] { "one", "two" })
        {
            Write($"{folderName}/space.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: { name: same }\n");
            Write($"{folderName}/kustomization.yaml", $"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: {kind}\nresources: [space.yaml]\n");
        }

        Assert.Equal(expected, ManifestCheck.Run(ManifestReader.Read(folder.FullName)).Findings.Count(finding => finding.Rule.Id == "one-object-once"));
    }

    [Theory]
    [InlineData("kind: [", "not valid YAML")]
    [InlineData("a: {{ .Values.a }}: b: {{", "helm template")]
    [InlineData("apiVersion: v1\nkind: Pod\nkind: Service\n", "not valid YAML")]
    [InlineData("replicas: 2", "no Kubernetes objects")]
    public void UnreadableInput_IsOneErrorThatSaysWhy(string text, string expected)
    {
        Write("bad.yaml", text);

        Assert.Contains(expected, Assert.Throws<ManifestException>(() => ManifestReader.Read(folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MissingDirectory_IsAnError()
    {
        Assert.Contains("does not exist", Assert.Throws<ManifestException>(() => ManifestReader.Read(Path.Combine(folder.FullName, "none"))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("\"true\"", null)]
    [InlineData("yes", null)]
    [InlineData("false", false)]
    public void Bool_IsOnlyAPlainOne(string text, bool? expected)
    {
        Assert.Equal(expected, Assert.Single(ManifestReader.Parse($"apiVersion: v1\nkind: Pod\nflag: {text}\n", "x")).Root["flag"].Bool);
    }

    [Fact]
    public void MergedKeys_AreSeen()
    {
        var pod = Assert.Single(ManifestReader.Parse("apiVersion: v1\nkind: Pod\nx: &x { hostPID: true, hostIPC: true }\nspec:\n  <<: *x\n  hostIPC: false\n", "x"));

        Assert.True(pod.Root.At("spec", "hostPID").Bool);
        Assert.False(pod.Root.At("spec", "hostIPC").Bool);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private void Write(string name, string text)
    {
        var path = Path.Combine(folder.FullName, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}

using System.Text;
using System.Runtime.CompilerServices;

namespace SecureAgent.Kubernetes.Tests;

/// <summary>
/// Everything that is published for the sample policy, as reviewed files. The default variant is there as a whole; of every other one only
/// the files that no earlier variant has, and a list that says where each of its files is to be found.
/// </summary>
public sealed class SnapshotTests
{
    private const string List = "files.txt";

    private static readonly string Reviewed = Path.Combine(Folder(), "Snapshots");
    private static readonly string Received = Path.GetFullPath(Path.Combine(Folder(), "..", "..", "artifacts", "received", "Kubernetes.Tests"));

    [Fact]
    public void Published_IsWhatWasReviewed()
    {
        var published = Published();
        var reviewed = Read(Reviewed);
        var changes = TextDifference.Of(reviewed, published);
        if (changes.Count == 0)
        {
            return;
        }

        Write(Received, published);
        Assert.Fail($"{changes.Count} file(s) differ from tests/Kubernetes.Tests/Snapshots:\n\n{string.Join("\n", changes.Take(10))}\n"
            + "All of it: git diff --no-index tests/Kubernetes.Tests/Snapshots artifacts/received/Kubernetes.Tests\nAs meant? Accept it with './dev accept' and commit.");
    }

    [Fact]
    public void Change_IsShownWithItsLines()
    {
        var before = new Dictionary<string, string> { ["a.yaml"] = "one\ntwo\nthree\n", ["b.yaml"] = "same\n", ["c.yaml"] = "gone\n" };
        var after = new Dictionary<string, string> { ["a.yaml"] = "one\n2\nthree\n", ["b.yaml"] = "same\n", ["d.yaml"] = "new\n" };

        Assert.Equal(["a.yaml:2\n  - two\n  + 2\n", "c.yaml is no longer published\n", "d.yaml is new (1 lines)\n"], TextDifference.Of(before, after));
        Assert.Empty(TextDifference.Of(before, before));
    }

    private static SortedDictionary<string, string> Published()
    {
        var snapshots = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var seen = new Dictionary<(string Path, string Text), string>();
        foreach (var options in Sample.AllOptions())
        {
            var variant = $"{Spelling.Of(options.Isolation)}-{Spelling.Of(options.Secrets)}";
            var list = new StringBuilder();
            foreach (var file in Sample.Variant(options.Isolation, options.Secrets))
            {
                if (seen.TryAdd((file.Path, file.Text), variant))
                {
                    snapshots.Add($"{variant}/{file.Path}", file.Text);
                }

                list.Append($"{file.Path} {seen[(file.Path, file.Text)]}\n");
            }

            snapshots.Add($"{variant}/{List}", list.ToString());
        }

        return snapshots;
    }

    private static SortedDictionary<string, string> Read(string root)
    {
        var texts = Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(root, path).Replace('\\', '/'), File.ReadAllText);
        texts.Remove("README.md");
        return new SortedDictionary<string, string>(texts, StringComparer.Ordinal);
    }

    private static void Write(string root, SortedDictionary<string, string> snapshots)
    {
        if (Directory.Exists(root))
        {
            Directory.Delete(root, recursive: true);
        }

        foreach (var (path, text) in snapshots)
        {
            var full = Path.Combine(root, path);
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
            File.WriteAllText(full, text);
        }

        File.Copy(Path.Combine(Reviewed, "README.md"), Path.Combine(root, "README.md"));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}

using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.ManifestChecks.Reading;

/// <summary>What kustomizations say about the files beside them.</summary>
internal static class KustomizeTree
{
    private static readonly string[] Names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    /// <summary>Files that are used as patches: parts of objects, which cannot be judged alone.</summary>
    public static IReadOnlySet<string> Patches(IEnumerable<string> files) => Kustomizations(files).SelectMany(Patches).ToHashSet(StringComparer.Ordinal);

    /// <summary>Directories of components: an overlay takes them or leaves them, so two of them may hold the same object.</summary>
    public static IReadOnlyList<string> Components(IEnumerable<string> files) =>
        [.. Kustomizations(files).Where(file => Roots(file).Any(root => root["kind"].Text == "Component")).Select(file => Path.GetDirectoryName(file)!)];

    private static IEnumerable<string> Kustomizations(IEnumerable<string> files) => files.Where(file => Names.Contains(Path.GetFileName(file)));

    private static IEnumerable<ManifestNode> Roots(string kustomization)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(File.ReadAllText(kustomization)));
        }
        catch (YamlException)
        {
            // Read again as a manifest, where the error is reported with its place.
            return [];
        }

        return [.. stream.Documents.Select(document => ManifestNode.Wrap(document.RootNode))];
    }

    private static IEnumerable<string> Patches(string kustomization)
    {
        var folder = Path.GetDirectoryName(kustomization)!;
        return Roots(kustomization).SelectMany(root =>
            root["patches"].Items.Select(patch => patch["path"].Text)
                .Concat(root["patchesStrategicMerge"].Items.Select(patch => patch.Text))
                .Concat(root["patchesJson6902"].Items.Select(patch => patch["path"].Text)))
            .Where(path => path is not null && !path.Contains('\n', StringComparison.Ordinal))
            .Select(path => Path.GetFullPath(Path.Combine(folder, path!)));
    }
}

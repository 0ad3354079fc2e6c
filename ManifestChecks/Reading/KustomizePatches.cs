using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.ManifestChecks.Reading;

/// <summary>Files that a kustomization uses as patches: parts of objects, which cannot be judged alone.</summary>
internal static class KustomizePatches
{
    private static readonly string[] Names = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

    public static IReadOnlySet<string> Of(IEnumerable<string> files) =>
        files.Where(file => Names.Contains(Path.GetFileName(file))).SelectMany(Patches).ToHashSet(StringComparer.Ordinal);

    private static IEnumerable<string> Patches(string kustomization)
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

        var folder = Path.GetDirectoryName(kustomization)!;
        return stream.Documents.Select(document => ManifestNode.Wrap(document.RootNode)).SelectMany(root =>
            root["patches"].Items.Select(patch => patch["path"].Text)
                .Concat(root["patchesStrategicMerge"].Items.Select(patch => patch.Text))
                .Concat(root["patchesJson6902"].Items.Select(patch => patch["path"].Text)))
            .Where(path => path is not null && !path.Contains('\n', StringComparison.Ordinal))
            .Select(path => Path.GetFullPath(Path.Combine(folder, path!)));
    }
}

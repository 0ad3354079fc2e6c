using SecureAgent.Kubernetes.Output;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>Files of one Kustomize directory, and the list of them that its <c>kustomization.yaml</c> holds.</summary>
internal sealed class ManifestSet(string directory)
{
    private readonly SortedDictionary<string, ManifestFile> files = new(StringComparer.Ordinal);
    private readonly SortedSet<string> resources = new(StringComparer.Ordinal);

    /// <summary>A file that is applied.</summary>
    public ManifestSet Add(string path, IEnumerable<object> documents)
    {
        var all = documents.ToList();
        if (all.Count > 0)
        {
            Put(path, YamlWriter.Write(all));
            resources.Add(path);
        }

        return this;
    }

    /// <summary>A file that lies beside the manifests and is not applied with them.</summary>
    public ManifestSet AddLoose(string path, string text)
    {
        Put(path, text);
        return this;
    }

    public bool IsEmpty => resources.Count == 0;

    public IEnumerable<ManifestFile> Files(Kustomization kustomization) =>
        files.Values.Append(new ManifestFile($"{directory}/{Kustomization.FileName}", YamlWriter.Write([kustomization with { Resources = [.. kustomization.Resources ?? [], .. resources] }])));

    private void Put(string path, string text) => files.Add(path, new ManifestFile($"{directory}/{path}", text));
}

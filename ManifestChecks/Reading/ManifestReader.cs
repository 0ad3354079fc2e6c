using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.ManifestChecks.Reading;

/// <summary>Reads every YAML and JSON file below a directory: multi-document, lists, rendered charts, kustomize trees.</summary>
public static class ManifestReader
{
    private const long LargestFile = 16 << 20;
    private static readonly string[] Extensions = [".yaml", ".yml", ".json"];
    private static readonly EnumerationOptions Walk = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    /// <exception cref="ManifestException">Nothing to judge, or something that cannot be read as YAML.</exception>
    public static ManifestSet Read(string path)
    {
        var full = Path.GetFullPath(path);
        var files = FilesOf(path, full);
        var root = File.Exists(full) ? Path.GetDirectoryName(full)! : full;
        var patches = KustomizeTree.Patches(files);
        var components = KustomizeTree.Components(files);
        var objects = new List<ManifestObject>();
        var others = new List<string>();
        foreach (var file in files)
        {
            var name = Path.GetRelativePath(root, file).Replace('\\', '/');
            var found = patches.Contains(file) ? [] : Parse(ReadText(file, name), name);
            (found.Count == 0 ? others : null)?.Add(name);
            var component = components.LastOrDefault(directory => file.StartsWith(directory + Path.DirectorySeparatorChar, StringComparison.Ordinal));
            objects.AddRange(component is null ? found : found.Select(each => each with { Component = component }));
        }

        return objects.Count > 0
            ? new ManifestSet(objects, others)
            : throw new ManifestException($"'{path}' holds no Kubernetes objects; give a directory of YAML or JSON manifests");
    }

    /// <summary>The objects of one text; documents that are no Kubernetes objects are left out.</summary>
    public static IReadOnlyList<ManifestObject> Parse(string text, string file)
    {
        var stream = new YamlStream();
        try
        {
            stream.Load(new StringReader(text));
        }
        catch (YamlException error)
        {
            var hint = text.Contains("{{", StringComparison.Ordinal) ? "; this looks like a chart's template: render it first with 'helm template'" : "";
            throw new ManifestException($"{file}:{error.Start.Line}:{error.Start.Column}: not valid YAML: {error.Message}{hint}");
        }

        return [.. stream.Documents.SelectMany(document => Flatten(new ManifestObject(file, ManifestNode.Wrap(document.RootNode)), depth: 4))];
    }

    private static IEnumerable<ManifestObject> Flatten(ManifestObject found, int depth)
    {
        if (found.Kind.Length == 0 || found.ApiVersion.Length == 0 || found.Group == "kustomize.config.k8s.io" || depth == 0)
        {
            return [];
        }

        return found.Kind.EndsWith("List", StringComparison.Ordinal) && found.Root["items"].Exists
            ? found.Root["items"].Items.SelectMany(item => Flatten(new ManifestObject(found.File, item), depth - 1))
            : [found];
    }

    private static IReadOnlyList<string> FilesOf(string path, string full)
    {
        if (File.Exists(full))
        {
            return [full];
        }

        if (!Directory.Exists(full))
        {
            throw new ManifestException($"'{path}' does not exist; give a directory of manifests");
        }

        try
        {
            return [.. Directory.EnumerateFiles(full, "*", Walk)
                .Where(file => Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // What is left out unread would count as clean.
            throw new ManifestException($"'{path}' cannot be read as a whole ({error.Message}); make it readable, or give a part of it");
        }
    }

    private static string ReadText(string file, string name)
    {
        try
        {
            return new FileInfo(file).Length <= LargestFile
                ? File.ReadAllText(file)
                : throw new ManifestException($"{name}: larger than 16 MiB; split it");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ManifestException($"{name}: cannot be read ({error.Message})");
        }
    }
}

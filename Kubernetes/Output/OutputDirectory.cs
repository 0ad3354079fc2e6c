using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SecureAgent.Kubernetes.Output;

/// <summary>
/// Writes files into a directory that may be somebody's repository: a file that this did not write, or that was changed since, is never
/// touched. What was written, and its hash, is kept in a list beside the files. Everything is checked before anything is written.
/// </summary>
public static class OutputDirectory
{
    public const string ListName = ".published.json";

    /// <returns>How many files were written; those that were equal already are not counted.</returns>
    /// <exception cref="PublishException">A file stands in the way; nothing was written.</exception>
    public static int Write(string directory, IReadOnlyList<ManifestFile> files)
    {
        ArgumentNullException.ThrowIfNull(files);
        var root = Path.GetFullPath(directory);
        var written = ReadList(root);
        var fresh = files.ToDictionary(file => file.Path, file => Hash(file.Text), StringComparer.Ordinal);
        var changed = files.Where(file => Check(root, file.Path, written) != fresh[file.Path]).ToList();
        var stale = written.Keys.Where(path => !fresh.ContainsKey(path) && Check(root, path, written) is not null).ToList();

        foreach (var file in changed)
        {
            var path = Path.Combine(root, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, file.Text);
        }

        stale.ForEach(path => File.Delete(Path.Combine(root, path)));
        WriteList(root, fresh);
        return changed.Count;

        // The hash on disk, null for no file.
        string? Check(string top, string path, Dictionary<string, string> ours)
        {
            var full = Path.Combine(top, path);
            RefuseLinks(top, path);
            if (!File.Exists(full))
            {
                return Directory.Exists(full) ? throw new PublishException($"{full} is a directory; move it away, or publish to another --output") : null;
            }

            var hash = Hash(File.ReadAllText(full));
            var isOurs = ours.TryGetValue(path, out var known) && known == hash;
            return isOurs || (fresh.TryGetValue(path, out var wanted) && wanted == hash)
                ? hash
                : throw new PublishException(known is null
                    ? $"{full} was not written by publish and stays as it is; move it away, or publish to another --output"
                    : $"{full} was changed since publish wrote it; keep the change in an overlay of your own, then delete the file and publish again");
        }
    }

    private static void RefuseLinks(string root, string path)
    {
        var at = root;
        foreach (var part in path.Split('/'))
        {
            at = Path.Combine(at, part);
            if (part is "" or "." or ".." || new FileInfo(at).LinkTarget is not null)
            {
                throw new PublishException($"{at} is a link or leads out of the output; remove it, or publish to another --output");
            }
        }
    }

    private static Dictionary<string, string> ReadList(string root)
    {
        var path = Path.Combine(root, ListName);
        RefuseLinks(root, ListName);
        try
        {
            return File.Exists(path)
                ? JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(path)) ?? []
                : [];
        }
        catch (JsonException)
        {
            throw new PublishException($"{path} is damaged, so publish cannot tell its files from yours; publish to another --output");
        }
    }

    private static void WriteList(string root, Dictionary<string, string> hashes)
    {
        var ordered = new SortedDictionary<string, string>(hashes, StringComparer.Ordinal);
        File.WriteAllText(Path.Combine(root, ListName), JsonSerializer.Serialize(ordered, Indented) + "\n");
    }

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, NewLine = "\n" };

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}

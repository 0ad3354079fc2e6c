using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <param name="Size">Bytes; null when the list does not say.</param>
internal sealed record ListedEntry(string Path, bool IsDirectory, long? Size);

/// <summary>
/// Reads what list tools print: JSON with entries, or one entry per line as "name/", "[DIR] name", "name (812 bytes)" or a bare name.
/// </summary>
internal static partial class Listing
{
    /// <summary>Entries taken from one list.</summary>
    private const int MaxEntries = 2_000;

    /// <param name="directory">What was listed; names in the result may be relative to it.</param>
    public static IReadOnlyList<ListedEntry> Read(string result, string directory)
    {
        var entries = JsonText.TryParse(result, out var root) ? FromJson(root) : FromLines(result);
        var prefix = Paths.Normal(directory);
        return [.. entries.Take(MaxEntries).Select(entry => entry with { Path = Paths.Under(prefix, entry.Path) }).Where(entry => entry.Path.Length > 0)];
    }

    private static IEnumerable<ListedEntry> FromJson(JsonElement root)
    {
        var list = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("entries", out var entries) ? entries : root;
        if (list.ValueKind != JsonValueKind.Array)
            yield break;
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String)
                yield return new ListedEntry(item.GetString()!, item.GetString()!.EndsWith('/'), null);
            if (item.ValueKind != JsonValueKind.Object || (Text(item, "path") ?? Text(item, "name")) is not { } path)
                continue;
            var kind = Text(item, "kind") ?? Text(item, "type") ?? "file";
            long? size = item.TryGetProperty("size", out var s) && s.ValueKind == JsonValueKind.Number && s.TryGetInt64(out var bytes) ? bytes : null;
            yield return new ListedEntry(path, kind.StartsWith("dir", StringComparison.OrdinalIgnoreCase), size);
        }
    }

    private static IEnumerable<ListedEntry> FromLines(string result)
    {
        foreach (var raw in result.Split('\n'))
        {
            var match = raw.Length <= 1_000 ? Line().Match(raw) : Match.Empty;
            if (!match.Success)
                continue;
            var name = match.Groups["name"].Value;
            long? size = match.Groups["size"].Success ? long.Parse(match.Groups["size"].ValueSpan, CultureInfo.InvariantCulture) : null;
            yield return new ListedEntry(name, name.EndsWith('/') || match.Groups["dir"].Success, size);
        }
    }

    private static string? Text(JsonElement item, string name) =>
        item.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    [GeneratedRegex(@"^\s*(?:(?:[-*]|\[FILE\]|(?<dir>\[DIR\]))\s+)?(?<name>[^\s\[(][^\t(]{0,400}?)(?:\s+\((?:(?<size>[0-9]{1,15}) bytes|(?<dir>directory))\))?\s*$")]
    private static partial Regex Line();
}

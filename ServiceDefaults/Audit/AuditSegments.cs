using System.Globalization;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>The files of a component's chain: <c>audit/COMPONENT/00000001.jsonl</c>, one a start of the process, numbered without gaps.</summary>
internal static class AuditSegments
{
    public static string PathOf(string directory, int number) =>
        Path.Combine(directory, number.ToString("D8", CultureInfo.InvariantCulture) + ".jsonl");

    /// <summary>Segment numbers in order.</summary>
    public static IReadOnlyList<int> List(string directory) =>
        !Directory.Exists(directory)
            ? []
            : [.. Directory.EnumerateFiles(directory, "*.jsonl")
                .Select(path => int.TryParse(Path.GetFileNameWithoutExtension(path), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0)
                .Where(number => number > 0)
                .Order()];

    /// <summary>The newest segment's number; 0 when there is none.</summary>
    public static int Last(string directory) => List(directory) is [.., var last] ? last : 0;

    /// <summary>Components that have a chain below an audit root, by name.</summary>
    public static IReadOnlyList<string> Components(string auditRoot) =>
        !Directory.Exists(auditRoot) ? [] : [.. Directory.EnumerateDirectories(auditRoot).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
}

using System.Text.RegularExpressions;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>Reads what search tools print: "path:line: text" or "path:line" or a bare path, one hit a line.</summary>
internal static partial class SearchHits
{
    private const int MaxLines = 2_000;

    public static IEnumerable<string> Read(string result)
    {
        foreach (var line in result.Split('\n').Take(MaxLines))
        {
            var match = line.Length <= 4_000 ? Hit().Match(line) : Match.Empty;
            if (match.Success)
                yield return Paths.Normal(match.Groups["path"].Value);
        }
    }

    [GeneratedRegex(@"^\s*(?<path>[^\s:][^:\t]{0,400}?)(?::[0-9]{1,9}(?::.*)?|(?<=\.\w{1,8}))\s*$")]
    private static partial Regex Hit();
}

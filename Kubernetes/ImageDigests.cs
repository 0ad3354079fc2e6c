using System.Text.Json;
using System.Text.RegularExpressions;

namespace SecureAgent.Kubernetes;

/// <summary>Digests of pushed images by component, as a JSON object: what <c>./dev images</c> writes and <c>publish --images</c> reads.</summary>
public static partial class ImageDigests
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <exception cref="PublishException">Not such a list.</exception>
    public static IReadOnlyDictionary<string, string> Parse(string text, string source)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            var digests = JsonSerializer.Deserialize<Dictionary<string, string>>(text) ?? [];
            foreach (var (name, digest) in digests.Where(pair => !IsDigest(pair.Value)))
            {
                throw new PublishException($"--images {source}: '{name}' has '{digest}', which is no digest; give sha256: and 64 hexadecimal digits");
            }

            return digests;
        }
        catch (JsonException error)
        {
            throw new PublishException($"--images {source}: not a JSON object of names and digests ({error.Message.ReplaceLineEndings(" ")})");
        }
    }

    public static string Write(IReadOnlyDictionary<string, string> digests) =>
        JsonSerializer.Serialize(new SortedDictionary<string, string>(digests.ToDictionary(), StringComparer.Ordinal), Indented) + "\n";

    public static bool IsDigest(string? value) => value is not null && Digest().IsMatch(value);

    [GeneratedRegex(@"^sha256:[0-9a-f]{64}\z")]
    private static partial Regex Digest();
}

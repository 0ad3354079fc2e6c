using System.Runtime.CompilerServices;
using System.Text.Json;
using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Tests.Admission;

/// <summary>policies/admission-corpus: objects, and the rules each of them breaks.</summary>
internal static class AdmissionCorpus
{
    public static string Folder { get; } = Path.Combine(Root(), "policies", "admission-corpus");

    public static string Rego { get; } = Path.Combine(Root(), "policies", "rego");

    public static IReadOnlyDictionary<string, string[]> Verdicts { get; } =
        JsonSerializer.Deserialize<Dictionary<string, string[]>>(File.ReadAllText(Path.Combine(Folder, "verdicts.json")))!;

    public static ManifestObject Read(string file) => Assert.Single(ManifestReader.Parse(File.ReadAllText(Path.Combine(Folder, file)), file));

    private static string Root([CallerFilePath] string path = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", "..", ".."));
}

namespace SecureAgent.Kubernetes.Admission;

/// <summary>Lists of plain words in CEL and Rego.</summary>
internal static class Quoted
{
    public static string Cel(IEnumerable<string> words) => $"[{string.Join(", ", words.Select(word => $"'{word}'"))}]";

    public static string Rego(IEnumerable<string> words) => $"[{string.Join(", ", words.Select(word => $"\"{word}\""))}]";
}

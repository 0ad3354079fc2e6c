using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.Kubernetes.Admission;

/// <summary>One rule in three tongues; they say the same (policies/admission-corpus).</summary>
/// <param name="Id">Name in all of them.</param>
/// <param name="Message">What the caller is told.</param>
/// <param name="Cel">True where the object is fine.</param>
/// <param name="Rego">Bodies, each true where the object is broken; written so that OPA before and after 1.0 reads them.</param>
/// <param name="Breaks">The same in C#, for tests and parity.</param>
internal sealed record AdmissionRule(string Id, string Message, string Cel, IReadOnlyList<string> Rego, Func<Workload, string, bool> Breaks)
{
    /// <summary>Functions the bodies need.</summary>
    public string RegoFunctions { get; init; } = "";

    /// <summary>A list that clusters differ in; the Rego knows it by its name.</summary>
    public (string Name, IReadOnlyList<string> Values)? Parameter { get; init; }

    public string ObjectName => $"secure-agent-{Id}";
}

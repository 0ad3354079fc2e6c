using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.PodSecurity;

/// <param name="Id">The standard's own id of the check.</param>
public sealed record PodSecurityReason(string Id, int Line, string Detail);

/// <summary>One check of the standard: null where the pod complies.</summary>
internal sealed record PodSecurityCheck(string Id, Func<Workload, (int Line, string Detail)?> Judge);

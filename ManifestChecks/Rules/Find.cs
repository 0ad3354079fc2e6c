using SecureAgent.ManifestChecks.Reading;

namespace SecureAgent.ManifestChecks.Rules;

/// <summary>The few shapes a rule's search has. A search answers with null where all is well.</summary>
internal static class Find
{
    public static Func<ManifestSet, IEnumerable<Hit>> Containers(Func<ContainerPart, (int Line, string Detail)?> judge) =>
        set => set.Containers.SelectMany(part => Hits(part.Workload.Owner, judge(part) is { } hit ? [(hit.Line, $"container '{part.Name}' {hit.Detail}")] : []));

    public static Func<ManifestSet, IEnumerable<Hit>> Workloads(Func<Workload, (int Line, string Detail)?> judge) =>
        set => set.Workloads.SelectMany(workload => Hits(workload.Owner, judge(workload) is { } hit ? [hit] : []));

    public static Func<ManifestSet, IEnumerable<Hit>> Volumes(Func<ManifestNode, string?> judge) =>
        set => set.Workloads.SelectMany(workload => Hits(workload.Owner, workload.PodSpec["volumes"].Items
            .Select(volume => (volume.Line, Detail: judge(volume) is { } detail ? $"volume '{volume["name"].Text}' {detail}" : null))
            .Where(hit => hit.Detail is not null)
            .Select(hit => (hit.Line, hit.Detail!))));

    public static Func<ManifestSet, IEnumerable<Hit>> Objects(string[] kinds, Func<ManifestObject, (int Line, string Detail)?> judge) =>
        set => set.OfKind(kinds).SelectMany(found => Hits(found, judge(found) is { } hit ? [hit] : []));

    /// <summary>Rules about how objects belong together.</summary>
    public static Func<ManifestSet, IEnumerable<Hit>> Related(string[] kinds, Func<ManifestObject, ManifestSet, (int Line, string Detail)?> judge) =>
        set => set.OfKind(kinds).SelectMany(found => Hits(found, judge(found, set) is { } hit ? [hit] : []));

    public static Func<ManifestSet, IEnumerable<Hit>> RelatedWorkloads(Func<Workload, ManifestSet, (int Line, string Detail)?> judge) =>
        set => set.Workloads.SelectMany(workload => Hits(workload.Owner, judge(workload, set) is { } hit ? [hit] : []));

    private static IEnumerable<Hit> Hits(ManifestObject found, IEnumerable<(int Line, string Detail)> hits) =>
        hits.Select(hit => new Hit(found, hit.Line, hit.Detail));
}

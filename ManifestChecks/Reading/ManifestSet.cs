namespace SecureAgent.ManifestChecks.Reading;

/// <summary>Everything that was read: the objects, and the files that hold none.</summary>
public sealed class ManifestSet(IReadOnlyList<ManifestObject> objects, IReadOnlyList<string> otherFiles)
{
    public IReadOnlyList<ManifestObject> Objects => objects;

    public IReadOnlyList<string> OtherFiles => otherFiles;

    public IReadOnlyList<Workload> Workloads { get; } = [.. objects.Select(Workload.Of).OfType<Workload>()];

    public IEnumerable<ContainerPart> Containers => Workloads.SelectMany(workload => workload.Containers);

    public IEnumerable<ManifestObject> OfKind(params string[] kinds) => objects.Where(found => kinds.Contains(found.Kind, StringComparer.Ordinal));

    /// <summary>Pods of one namespace; an object without one may end up in any.</summary>
    public IEnumerable<Workload> WorkloadsIn(string space) => Workloads.Where(workload => Same(workload.Owner.Namespace, space));

    internal static bool Same(string left, string right) => left.Length == 0 || right.Length == 0 || left == right;
}

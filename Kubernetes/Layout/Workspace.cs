using k8s.Models;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.Kubernetes.Layout;

/// <summary>
/// The workspace as a volume that exists before the pod: <i>restricted</i> forbids hostPath in pods, and a claim bound to one volume by
/// name can be bound to nothing else. Read only; mounted by FileGate, never by the agent.
/// </summary>
internal static class Workspace
{
    public const string Claim = "workspace";
    public const string AuditClaim = "session-audit";
    private const string Volume = "secure-agent-workspace";

    public static IEnumerable<object> All() =>
    [
        new V1PersistentVolume
        {
            ApiVersion = "v1",
            Kind = "PersistentVolume",
            Metadata = Meta.Cluster(Volume, "sandbox"),
            Spec = new V1PersistentVolumeSpec
            {
                AccessModes = ["ReadOnlyMany"],
                Capacity = Storage("10Gi"),
                ClaimRef = new V1ObjectReference { ApiVersion = "v1", Kind = "PersistentVolumeClaim", Name = Claim, NamespaceProperty = Names.SessionNamespace },
                Local = new V1LocalVolumeSource { Path = Names.WorkspacePath },
                NodeAffinity = new V1VolumeNodeAffinity
                {
                    Required = new V1NodeSelector
                    {
                        NodeSelectorTerms =
                        [
                            new V1NodeSelectorTerm
                            {
                                MatchExpressions = [new V1NodeSelectorRequirement { Key = Names.WorkspaceNodeLabel, OperatorProperty = "In", Values = ["true"] }],
                            },
                        ],
                    },
                },
                PersistentVolumeReclaimPolicy = "Retain",
                StorageClassName = "",
                VolumeMode = "Filesystem",
            },
        },
        ClaimOf(Claim, "ReadOnlyMany", "10Gi", volume: Volume, storageClass: ""),
        ClaimOf(AuditClaim, "ReadWriteOnce", "5Gi", volume: null, storageClass: null),
    ];

    private static V1PersistentVolumeClaim ClaimOf(string name, string mode, string size, string? volume, string? storageClass) => new()
    {
        ApiVersion = "v1",
        Kind = "PersistentVolumeClaim",
        Metadata = Meta.Sessions(name),
        Spec = new V1PersistentVolumeClaimSpec
        {
            AccessModes = [mode],
            Resources = new V1VolumeResourceRequirements { Requests = Storage(size) },
            StorageClassName = storageClass,
            VolumeName = volume,
        },
    };

    private static Dictionary<string, ResourceQuantity> Storage(string size) => new() { ["storage"] = new ResourceQuantity(size) };
}

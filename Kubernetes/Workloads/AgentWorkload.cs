using k8s.Models;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Kubernetes.Output;
using SecureAgent.Kubernetes.Publishing;

namespace SecureAgent.Kubernetes.Workloads;

/// <summary>A session as a suspended Job, which the runner copies and resumes; and the same pod as an agent-sandbox Sandbox.</summary>
internal static class AgentWorkload
{
    public static IEnumerable<object> Job(Plan plan) =>
    [
        new V1ServiceAccount { ApiVersion = "v1", Kind = "ServiceAccount", Metadata = Meta.Sessions(Names.Session), AutomountServiceAccountToken = false },
        new V1Job
        {
            ApiVersion = "batch/v1",
            Kind = "Job",
            Metadata = Meta.Sessions(Names.Session),
            Spec = new V1JobSpec
            {
                ActiveDeadlineSeconds = (long)plan.Profile.Sandbox.WallClock.TotalSeconds,
                BackoffLimit = 0,
                Completions = 1,
                Parallelism = 1,
                Suspend = true,
                Template = new V1PodTemplateSpec { Metadata = new V1ObjectMeta { Labels = PodLabels() }, Spec = AgentPod.Of(plan) },
                TtlSecondsAfterFinished = 3600,
            },
        },
    ];

    public static IEnumerable<object> Sandbox(Plan plan) =>
    [
        CustomObject.Of("agents.x-k8s.io/v1beta1", "Sandbox", Meta.Sessions(Names.Session), new
        {
            OperatingMode = "Suspended",
            ShutdownPolicy = "Delete",
            Service = false,
            PodTemplate = new { Metadata = new { Labels = PodLabels() }, Spec = ManifestJson.Typed(AgentPod.Of(plan)) },
        }),
    ];

    private static IDictionary<string, string> PodLabels() => Meta.Labels(Names.Session, "sandbox");
}

using SecureAgent.Kubernetes.Publishing;
using SecureAgent.Kubernetes.Workloads;

namespace SecureAgent.Kubernetes.Tests;

public sealed class AgentPodTests
{
    private static readonly k8s.Models.V1PodSpec Pod = AgentPod.Of(Plan.Of(Sample.Graph, Sample.Options));

    [Fact]
    public void Agent_MountsScratchOnly_AndItsSidecarsTheRest()
    {
        Assert.Equal(["home", "tmp"], Mounts("agent"));
        Assert.Equal(["audit", "file-gate-run", "policy", "workspace"], Mounts("file-gate"));
        Assert.Equal(["authority", "gate-token"], Mounts("relay"));
    }

    [Fact]
    public void Workspace_IsReadOnly_OnClaimAndMount()
    {
        Assert.True(Pod.Volumes.Single(volume => volume.Name == "workspace").PersistentVolumeClaim.ReadOnlyProperty);
        Assert.True(Pod.InitContainers[0].VolumeMounts.Single(mount => mount.Name == "workspace").ReadOnlyProperty);
        Assert.DoesNotContain(Pod.Volumes, volume => volume.HostPath is not null);
    }

    [Fact]
    public void Token_IsForTheGatesAlone_AndShort()
    {
        var token = Pod.Volumes.Single(volume => volume.Projected is not null).Projected.Sources.Single().ServiceAccountToken;

        Assert.Equal(("secureagent-gate", 600L), (token.Audience, token.ExpirationSeconds));
        Assert.False(Pod.AutomountServiceAccountToken);
    }

    [Fact]
    public void Sidecars_KeepRunning_AsAnotherUserThanTheAgent()
    {
        Assert.All(Pod.InitContainers, sidecar => Assert.Equal("Always", sidecar.RestartPolicy));
        Assert.DoesNotContain(Pod.InitContainers, sidecar => sidecar.SecurityContext.RunAsUser == Pod.Containers[0].SecurityContext.RunAsUser);
    }

    /// <summary>One network namespace: a port that two of them want is a pod that never starts.</summary>
    [Fact]
    public void NoTwoContainers_WantTheSamePort()
    {
        var settings = Pod.InitContainers.SelectMany(sidecar => sidecar.Env).Where(variable => variable.Name is "ASPNETCORE_URLS" or "SECUREAGENT_HEALTH_ADDRESS" or "PodSession__Listen").Select(variable => variable.Value.Split(':')[^1]);
        var relays = Pod.InitContainers.SelectMany(sidecar => sidecar.Env).Single(variable => variable.Name == "SECUREAGENT_RELAYS").Value.Split(',').Select(route => route.Split('=')[0]);
        var all = settings.Concat(relays).ToList();

        Assert.Equal(["11434", "3128", "8080", "8081", "8082"], all.Order(StringComparer.Ordinal));
        Assert.All(Pod.InitContainers, sidecar => Assert.Contains(sidecar.Ports.Single().ContainerPort.ToString(System.Globalization.CultureInfo.InvariantCulture), all));
    }

    [Fact]
    public void Limits_ComeFromTheProfile()
    {
        var agent = Pod.Containers.Single();

        Assert.Equal(("2", "2Gi", 1200L, "kata"), (agent.Resources.Limits["cpu"].CanonicalizeString(), agent.Resources.Limits["memory"].CanonicalizeString(), Pod.ActiveDeadlineSeconds, Pod.RuntimeClassName));
    }

    private static IEnumerable<string> Mounts(string container) =>
        Pod.InitContainers.Concat(Pod.Containers).Single(each => each.Name == container).VolumeMounts.Select(mount => mount.Name).Order(StringComparer.Ordinal);
}

using System.Globalization;
using SecureAgent.Kubernetes.Objects;
using SecureAgent.Topology;

namespace SecureAgent.AppHost.Images;

/// <summary>The image of one program of the graph: what the SDK is asked for. There is no Dockerfile.</summary>
internal sealed record ComponentImage(string Name, string Project, bool IsService)
{
    /// <summary>Everything a pod runs: the processes of a cluster, the built-in agent, and the relay, which clusters alone have.</summary>
    public static IReadOnlyList<ComponentImage> Of(Graph graph) =>
    [
        .. graph.Components.Where(component => component.RunsInCluster || component.Role == ComponentRole.Sandbox)
            .Select(component => new ComponentImage(component.Name, component.Project!, component.RunsInCluster))
            .Append(new ComponentImage(Names.Relay, "Relay", IsService: true))
            .OrderBy(image => image.Name, StringComparer.Ordinal),
    ];

    public IReadOnlyList<string> Arguments(ImageSettings settings) =>
    [
        "publish", Path.Combine(settings.Root, Project, $"{Project}.csproj"), "--configuration", settings.Configuration, .. settings.NoBuild ? ["--no-build"] : Array.Empty<string>(),
        "-t:PublishContainer", "-nodeReuse:false",
        $"-p:ContainerRepository=secure-agent/{Name}", $"-p:ContainerImageTag={Names.Version}",
        string.Create(CultureInfo.InvariantCulture, $"-p:ContainerUser={Names.NonRoot}"),
        "-p:ContainerGenerateLabelsImageCreated=false",
        settings.Mirror is { } mirror
            ? $"-p:ContainerBaseImage={mirror}/dotnet/{(IsService ? "aspnet" : "runtime")}:10.0-{ImageSettings.Family}"
            : $"-p:ContainerFamily={ImageSettings.Family}",
        settings.Registry is { } registry ? $"-p:ContainerRegistry={registry}" : $"-p:ContainerArchiveOutputPath={Path.Combine(settings.ArchiveDirectory!, $"{Name}.tar")}",
        "-getProperty:GeneratedContainerDigest", "-getProperty:PublishDir",
    ];
}

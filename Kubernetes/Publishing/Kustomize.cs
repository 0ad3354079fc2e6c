using System.Text.Json.Serialization;

namespace SecureAgent.Kubernetes.Publishing;

/// <summary>A <c>kustomization.yaml</c>; members in the order Kustomize's own tools write them.</summary>
internal sealed record Kustomization
{
    public const string FileName = "kustomization.yaml";

    [JsonPropertyOrder(-2)]
    public string ApiVersion { get; init; } = "kustomize.config.k8s.io/v1beta1";

    [JsonPropertyOrder(-1)]
    public string Kind { get; init; } = "Kustomization";

    public IReadOnlyList<string>? Resources { get; init; }

    public IReadOnlyList<string>? Components { get; init; }

    public IReadOnlyList<ImageName>? Images { get; init; }

    public IReadOnlyList<PatchText>? Patches { get; init; }

    public static Kustomization Component() => new() { ApiVersion = "kustomize.config.k8s.io/v1alpha1", Kind = "Component" };
}

internal sealed record ImageName(string Name, string NewName, string? NewTag = null, string? Digest = null);

/// <summary>A file, or the text itself: a patch is no object, and what reads objects from files need not be told.</summary>
internal sealed record PatchText(string? Path = null, string? Patch = null);

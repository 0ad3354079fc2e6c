using System.Text.Json.Serialization;
using k8s.Models;

namespace SecureAgent.Kubernetes.Objects;

/// <summary>An object of a kind the client library has no model for; its shape is held to the kind's published schema by tests.</summary>
internal sealed record CustomObject(
    [property: JsonPropertyOrder(-4)] string ApiVersion,
    [property: JsonPropertyOrder(-3)] string Kind,
    [property: JsonPropertyOrder(-2)] CustomMeta Metadata,
    object Spec)
{
    public static CustomObject Of(string apiVersion, string kind, V1ObjectMeta metadata, object spec) =>
        new(apiVersion, kind, new CustomMeta(metadata.Name, metadata.NamespaceProperty, metadata.Labels), spec);
}

internal sealed record CustomMeta(string Name, string? Namespace, IDictionary<string, string>? Labels)
{
    public IDictionary<string, string>? Annotations { get; init; }
}

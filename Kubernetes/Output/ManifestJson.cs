using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using k8s;
using k8s.Models;

namespace SecureAgent.Kubernetes.Output;

/// <summary>Typed models through their own serializer, records in camel case; what is not set is not written.</summary>
internal static class ManifestJson
{
    private static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>A typed model as a part of a custom object.</summary>
    public static JsonNode Typed(object part) => JsonNode.Parse(KubernetesJson.Serialize(part))!;

    public static JsonNode ToNode(object document) => document switch
    {
        JsonNode node => node,
        IKubernetesObject<V1ObjectMeta> typed => JsonNode.Parse(KubernetesJson.Serialize(typed))!,
        _ => JsonSerializer.SerializeToNode(document, document.GetType(), Options)!,
    };
}

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

    /// <summary>The models carry their own names and converters; the library's own serializer compiles a quarter of a million bytes of code first.</summary>
    private static readonly JsonSerializerOptions Models = new() { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A typed model as a part of a custom object.</summary>
    public static JsonNode Typed(object part) => JsonSerializer.SerializeToNode(part, part.GetType(), Models)!;

    public static JsonNode ToNode(object document) => document switch
    {
        JsonNode node => node,
        IKubernetesObject<V1ObjectMeta> typed => Typed(typed),
        _ => JsonSerializer.SerializeToNode(document, document.GetType(), Options)!,
    };
}

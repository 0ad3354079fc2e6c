using System.Text.Json.Nodes;
using Aspire.Hosting.Kubernetes.Resources;
using SecureAgent.Kubernetes.Output;
using YamlDotNet.Core;
using YamlDotNet.Serialization;

namespace SecureAgent.Hosting.Aspire.Publishing;

/// <summary>
/// One of our own objects as a template of the chart, member for member. Aspire's typed models drop empty selectors and know neither projected volumes
/// nor most kinds; and it names a file by the object's name alone, so that two kinds of one name would overwrite each other: here the kind is part of it.
/// </summary>
internal sealed class ChartObject : BaseKubernetesResource, IYamlConvertible
{
    private readonly JsonObject node;

    public ChartObject(JsonObject node)
        : base((string)node["apiVersion"]!, (string)node["kind"]!)
    {
        this.node = node;
        var (space, name) = ((string?)node["metadata"]?["namespace"], (string)node["metadata"]!["name"]!);
        Metadata.Name = string.Join('-', new[] { Kind!.ToLowerInvariant(), space, name }.OfType<string>());
    }

    public void Read(IParser parser, Type expectedType, ObjectDeserializer nestedObjectDeserializer) => throw new NotSupportedException("a template is written, never read");

    public void Write(IEmitter emitter, ObjectSerializer nestedObjectSerializer) => YamlWriter.Emit(emitter, node);
}

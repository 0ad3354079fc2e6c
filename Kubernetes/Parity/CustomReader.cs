using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace SecureAgent.Kubernetes.Parity;

/// <summary>Reads what the writer wrote: block YAML with the scalars it quotes.</summary>
internal static class CustomReader
{
    private static readonly JsonSerializerOptions Models = new() { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };
    private static readonly JsonSerializerOptions Records = new(JsonSerializerDefaults.Web);

    public static IEnumerable<string> Split(string text) => text.Split("\n---\n", StringSplitOptions.RemoveEmptyEntries);

    public static (string Space, T Spec) Spec<T>(JsonNode document) => ((string)document["metadata"]!["namespace"]!, document["spec"].Deserialize<T>(Records)!);

    /// <summary>A typed model; a member that it does not have is an error.</summary>
    public static T Model<T>(JsonNode document) => document.Deserialize<T>(Models)!;

    public static JsonNode ToNode(string text)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(text));
        return Convert(stream.Documents[0].RootNode)!;
    }

    private static JsonNode? Convert(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(pair => KeyValuePair.Create(((YamlScalarNode)pair.Key).Value!, Convert(pair.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Convert)]),
        YamlScalarNode { Style: ScalarStyle.Plain } plain => plain.Value switch
        {
            "true" => true,
            "false" => false,
            "null" or "" or null => null,
            var value => long.TryParse(value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : value,
        },
        YamlScalarNode text => text.Value,
        _ => null,
    };
}

using System.Text.Json;
using System.Text.Json.Nodes;
using SecureAgent.Kubernetes.Objects;

namespace SecureAgent.AppHost.Images;

/// <summary>
/// CycloneDX 1.6 of one image: every library that the published program brings, from its own <c>deps.json</c>. What the base image
/// holds (the runtime, the distribution's packages) is its publisher's to list.
/// </summary>
internal static class BillOfMaterials
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Write(string name, string dependencies)
    {
        using var document = JsonDocument.Parse(dependencies);
        var target = document.RootElement.GetProperty("targets").GetProperty(document.RootElement.GetProperty("runtimeTarget").GetProperty("name").GetString()!);
        var libraries = document.RootElement.GetProperty("libraries");
        var program = target.EnumerateObject().First().Name;
        var ids = target.EnumerateObject().ToDictionary(entry => entry.Name, entry => entry.Name == program ? Root(name) : Reference(entry.Name, libraries.GetProperty(entry.Name)), StringComparer.Ordinal);

        return new JsonObject
        {
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["version"] = 1,
            ["metadata"] = new JsonObject
            {
                ["component"] = new JsonObject { ["type"] = "container", ["bom-ref"] = Root(name), ["name"] = $"secure-agent/{name}", ["version"] = Names.Version },
            },
            ["components"] = new JsonArray([.. ids.Keys.Where(key => key != program).Order(StringComparer.Ordinal).Select(key => Component(key, libraries.GetProperty(key)))]),
            ["dependencies"] = new JsonArray([.. target.EnumerateObject().OrderBy(entry => entry.Name, StringComparer.Ordinal).Select(entry => Dependency(entry, ids))]),
        }.ToJsonString(Indented) + "\n";
    }

    private static string Root(string name) => $"secure-agent/{name}@{Names.Version}";

    private static JsonObject Component(string key, JsonElement library)
    {
        var component = new JsonObject
        {
            ["type"] = "library",
            ["bom-ref"] = Reference(key, library),
            ["name"] = key.Split('/')[0],
            ["version"] = key.Split('/')[1],
        };
        if (IsPackage(library))
        {
            component["purl"] = Reference(key, library);
            component["hashes"] = new JsonArray(new JsonObject { ["alg"] = "SHA-512", ["content"] = Sum(library) });
        }

        return component;
    }

    private static JsonObject Dependency(JsonProperty entry, Dictionary<string, string> ids)
    {
        IEnumerable<string> needed = entry.Value.TryGetProperty("dependencies", out var list)
            ? list.EnumerateObject().Select(dependency => $"{dependency.Name}/{dependency.Value.GetString()}").Where(ids.ContainsKey).Select(key => ids[key]).Order(StringComparer.Ordinal)
            : [];
        return new JsonObject { ["ref"] = ids[entry.Name], ["dependsOn"] = new JsonArray([.. needed.Select(id => (JsonNode)id)]) };
    }

    private static string Reference(string key, JsonElement library) => IsPackage(library) ? $"pkg:nuget/{key.Replace('/', '@')}" : key.Replace('/', '@');

    private static bool IsPackage(JsonElement library) => library.GetProperty("type").GetString() == "package";

    private static string Sum(JsonElement library) =>
        Convert.ToHexStringLower(Convert.FromBase64String(library.GetProperty("sha512").GetString()!["sha512-".Length..]));
}

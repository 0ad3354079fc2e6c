using System.Text.Json;
using System.Text.Json.Serialization;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>How to find a running server: <c>DATA/server.json</c>, written by the host while everything is healthy.</summary>
/// <param name="Console">Address of the operator's web page; null when the server has none.</param>
public sealed record ServerAddress(int ProcessId, string RunDirectory, string Boot, Uri? Console = null)
{
    public static string PathIn(string dataDirectory) => Path.Combine(dataDirectory, "server.json");

    /// <summary>Null when no server has written one. A file left by a killed server is found out by connecting.</summary>
    public static ServerAddress? Find(string dataDirectory)
    {
        var path = PathIn(dataDirectory);
        return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), ServerAddressJson.Default.ServerAddress) : null;
    }
}

[JsonSerializable(typeof(ServerAddress))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
public sealed partial class ServerAddressJson : JsonSerializerContext;

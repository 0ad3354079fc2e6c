using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>Arguments of a tool call: JSON text that may be anything once a client has had it in its hands.</summary>
internal static class CallArguments
{
    public static string Write(string? argument, string value) =>
        argument is null ? "{}" : new JsonObject { [argument] = value }.ToJsonString();

    /// <summary>The first string argument; empty when there is none.</summary>
    public static string Read(string arguments)
    {
        if (!JsonText.TryParse(arguments, out var root) || root.ValueKind != JsonValueKind.Object)
            return "";
        foreach (var property in root.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.String)
                return property.Value.GetString()!;
        }

        return "";
    }
}

using Aspire.Hosting.ApplicationModel;

namespace SecureAgent.Hosting.Aspire;

/// <summary>The parent resource in the dashboard: it runs once its runner, which waits for every gate, is healthy.</summary>
internal static class ServerState
{
    public static CustomResourceSnapshot Of(string state) => new() { ResourceType = "SecureAgent", State = state, Properties = [] };
}

using SecureAgent.Contracts;
using SecureAgent.Topology;

namespace SecureAgent.Hosting.Aspire;

/// <summary>Fluent icon of each component in the dashboard.</summary>
internal static class Icons
{
    public const string Server = "ShieldTask";

    public static string Of(Component component) => component.Name switch
    {
        ComponentNames.FileGate => "FolderLink",
        ComponentNames.EgressProxy => "Globe",
        ComponentNames.SecretBroker => "Key",
        ComponentNames.InferenceGateway => "BrainCircuit",
        ComponentNames.AgentRunner => "PlayCircle",
        ComponentNames.Console => "AppGeneric",
        _ => component.Role switch
        {
            ComponentRole.Sandbox => "Bot",
            ComponentRole.Operator => "Person",
            _ => "Cloud",
        },
    };
}

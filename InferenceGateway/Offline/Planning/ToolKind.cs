namespace SecureAgent.InferenceGateway.Offline.Planning;

/// <summary>What a tool is for, as far as this model can use it.</summary>
internal enum ToolKind
{
    Unusable,
    List,
    Search,
    Read,
}

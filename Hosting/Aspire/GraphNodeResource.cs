using Aspire.Hosting.ApplicationModel;

namespace SecureAgent.Hosting.Aspire;

/// <summary>A node of the graph that is no process of the host: the operator, the sandbox, what the gates reach. Shown, never started.</summary>
internal sealed class GraphNodeResource(string name) : Resource(name);

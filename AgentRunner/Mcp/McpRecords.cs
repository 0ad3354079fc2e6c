using ModelContextProtocol;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Mcp;

/// <summary>What the agent asks of one MCP server, on its own session's record. No record, no request.</summary>
internal sealed class McpRecords(AuditLog audit, SessionIdentity parent, AgentSession server)
{
    /// <param name="subject">The tool, prompt or resource; the agent's words.</param>
    public void Asked(string method, string subject)
    {
        try
        {
            audit.Append(new AuditEntry("mcp.asked", AuditPlanes.Session)
            {
                Session = parent.Id, Subject = subject, Trace = parent.TraceId,
                Facts = [AuditFact.Of("server", server.Plan.Server), AuditFact.Of("serverSession", server.Identity.Id), AuditFact.Of("method", method)],
            });
        }
        catch (AuditUnavailableException failure)
        {
            throw new McpException($"audit_unavailable: {failure.Message}", failure);
        }
    }
}

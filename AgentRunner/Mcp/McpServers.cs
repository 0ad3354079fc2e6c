using System.Globalization;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.AgentRunner.Mcp;

/// <summary>The MCP servers of one session: each a session of its own, with its own uid, gates and grants, and a door in the agent's sandbox.</summary>
internal sealed class McpServers
{
    public static readonly McpServers None = new([]);

    private readonly IReadOnlyList<(AgentSession Session, McpBridge? Bridge)> all;

    private McpServers(IReadOnlyList<(AgentSession Session, McpBridge? Bridge)> all) => this.all = all;

    /// <summary>Throws <see cref="SessionRefusedException"/> with the server's name; then none runs.</summary>
    public static async Task<McpServers> StartAsync(
        SessionPlan plan, SessionIdentity parent, Func<SessionPlan, CancellationToken, Task<AgentSession>> start, AuditLog audit, CancellationToken cancellationToken)
    {
        var started = new List<(AgentSession Session, McpBridge? Bridge)>();
        try
        {
            foreach (var server in plan.Servers)
            {
                var session = await start(server with { Parent = parent.Id }, cancellationToken);
                started.Add((session, null));
                started[^1] = (session, await McpBridge.StartAsync(session, parent, new McpRecords(audit, parent, session), cancellationToken));
            }

            return started.Count == 0 ? None : new McpServers(started);
        }
        catch
        {
            await new McpServers(started).EndAsync((_, _) => ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>Where the agent finds them: <c>MCP_SERVER_NAME_URL</c>.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Variables(SessionPlan plan) => plan.Servers.Select((server, at) => KeyValuePair.Create(
        $"MCP_SERVER_{server.Server.ToUpperInvariant().Replace('-', '_')}_URL", string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{SandboxPorts.FirstMcp + at}/mcp")));

    public Task FreezeAsync(string why) => Task.WhenAll(all.Select(one => one.Session.FreezeAsync(why)));

    public Task ThawAsync() => Task.WhenAll(all.Select(one => one.Session.ThawAsync()));

    /// <param name="notify">Told of each that was refused something: it is in the summary of the server's own session.</param>
    public Task EndAsync(Func<string, string, ValueTask> notify) => Task.WhenAll(all.Select(async one =>
    {
        if (one.Bridge is { } bridge)
        {
            await bridge.DisposeAsync();
        }

        var summary = await one.Session.EndAsync(EndReasons.ParentEnded);
        if (summary.Denials.Count > 0)
        {
            await notify("mcp_denied", $"MCP server {one.Session.Plan.Server} was refused {summary.Denials.Sum(denial => denial.Count)} times; see: secure-agent audit show --denied --session {one.Session.Identity.Id}");
        }
    }));
}

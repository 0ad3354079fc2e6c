using System.Text.Json.Nodes;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.Cli.Sessions;

/// <summary>The one JSON object of <c>session list --json</c>. Fields are only ever added.</summary>
internal static class SessionJson
{
    public static string List(IEnumerable<Session> sessions) => new JsonObject
    {
        ["sessions"] = new JsonArray([.. sessions.Select(session => new JsonObject
        {
            ["id"] = session.SessionId,
            ["name"] = session.Name,
            ["state"] = session.State.ToString().ToLowerInvariant(),
            ["profile"] = session.Profile,
            ["workspace"] = session.Workspace,
            ["startedUnixMs"] = session.StartedUnixMs,
            ["degraded"] = new JsonArray([.. session.Degraded.Select(layer => JsonValue.Create(layer))]),
            ["exitCode"] = session.Summary?.ExitCode,
        })]),
    }.ToJsonString();
}

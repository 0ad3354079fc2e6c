using System.Text.Json;
using System.Text.Json.Nodes;
using SecureAgent.Hosting.Server;

namespace SecureAgent.AppHost.Standalone;

/// <summary>
/// One JSON object a line on stdout: <c>{"event":"state","component":…,"state":…}</c>, <c>{"event":"ready",…}</c>,
/// <c>{"event":"failed","message":…}</c>. Component logs go to <c>DATA/logs/server.log</c>.
/// </summary>
internal sealed class EventOutput : IHostOutput
{
    private readonly Lock gate = new();
    private readonly StreamWriter log;
    private bool hasLogged;

    public EventOutput(string dataDirectory)
    {
        try
        {
            // The first to use the data directory makes it: private, as the host would.
            HostDirectories.MakePrivate(dataDirectory);
            var path = Path.Combine(HostDirectories.MakePrivate(Path.Combine(dataDirectory, "logs")), "server.log");
            log = new StreamWriter(new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite)) { AutoFlush = true };
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new ServiceDefaults.Hosting.StartupException(
                $"the data directory '{dataDirectory}' cannot be written ({error.Message}); choose another with --data DIR", error);
        }
    }

    public void State(string component, ComponentState state, string? detail = null) => Write(new JsonObject
    {
        ["event"] = "state", ["component"] = component, ["state"] = JsonNamingPolicy.SnakeCaseLower.ConvertName(state.ToString()), ["detail"] = detail,
    });

    public void Log(string component, string line)
    {
        lock (gate)
        {
            if (!hasLogged)
            {
                // Not when it is opened: the directory may turn out to be a running server's, and so the log.
                log.BaseStream.SetLength(0);
                hasLogged = true;
            }

            log.WriteLine($"{component} {line}");
        }
    }

    public void Ready(string dataDirectory, Uri? console, TimeSpan took) => Write(new JsonObject
    {
        ["event"] = "ready", ["data"] = dataDirectory, ["console"] = console?.ToString(), ["milliseconds"] = (long)took.TotalMilliseconds,
    });

    public void Failed(string message) => Write(new JsonObject { ["event"] = "failed", ["message"] = message });

    public void Dispose() => log.Dispose();

    private void Write(JsonObject value)
    {
        lock (gate)
        {
            Console.Out.WriteLine(value.ToJsonString());
            Console.Out.Flush();
        }
    }
}

using System.Diagnostics.Metrics;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.AgentRunner;

internal sealed class AgentRunnerTelemetry
{
    private readonly Counter<long> started = ServiceTelemetry.Meter.CreateCounter<long>("secureagent.sessions.started", "{session}", "Sessions whose agent ran.");
    private readonly Counter<long> ended = ServiceTelemetry.Meter.CreateCounter<long>("secureagent.sessions.ended", "{session}", "Sessions that ended, by reason.");
    private readonly Histogram<double> startTime = ServiceTelemetry.Meter.CreateHistogram<double>("secureagent.sessions.start_time", "s", "From the request to the running agent.");

    public void Started(TimeSpan took)
    {
        started.Add(1);
        startTime.Record(took.TotalSeconds);
    }

    /// <param name="reason">One of <see cref="Sessions.EndReasons"/>.</param>
    public void Ended(string reason) => ended.Add(1, new KeyValuePair<string, object?>("reason", reason));
}

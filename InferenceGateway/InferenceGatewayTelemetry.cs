using System.Diagnostics.Metrics;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.InferenceGateway;

/// <summary>Instruments of the inference plane. Labels are closed sets: backend, outcome, verdict, reason; never a model, prompt or session.</summary>
internal sealed class InferenceGatewayTelemetry
{
    private readonly Counter<long> decisions = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.inference.decisions", "{decision}", "Decisions of the inference gateway by verdict and reason.");

    private readonly Counter<long> tokens = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.inference.tokens", "{token}", "Tokens by direction and backend.");

    private readonly Histogram<double> duration = ServiceTelemetry.Meter.CreateHistogram<double>(
        "secureagent.inference.duration", "s", "From the decision to the end of the answer.");

    public void Decided(Decision decision) => decisions.Add(
        1,
        new KeyValuePair<string, object?>("verdict", decision.IsAllowed ? "allow" : "deny"),
        new KeyValuePair<string, object?>("reason", decision.Reason.Name()));

    public void Answered(string backend, string outcome, Usage usage, TimeSpan took)
    {
        tokens.Add(usage.Input, new("backend", backend), new KeyValuePair<string, object?>("direction", "in"));
        tokens.Add(usage.Output, new("backend", backend), new KeyValuePair<string, object?>("direction", "out"));
        duration.Record(took.TotalSeconds, new("backend", backend), new KeyValuePair<string, object?>("outcome", outcome));
    }
}

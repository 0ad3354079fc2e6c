using System.Diagnostics.Metrics;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.FileGate;

/// <summary>
/// Instruments of the file plane. <c>op</c> is one of <see cref="Access.FileOperations"/>, <c>reason</c> a <see cref="ReasonCode"/>: closed sets,
/// never a path or a session.
/// </summary>
internal sealed class FileGateTelemetry
{
    private readonly Counter<long> decisions = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.files.decisions", "{decision}", "Decisions of the file gate by operation, verdict and reason.");

    private readonly Counter<long> released = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.files.released", "By", "Bytes of file content handed to sessions.");

    public void Decided(string operation, Decision decision) => decisions.Add(
        1,
        new KeyValuePair<string, object?>("op", operation),
        new KeyValuePair<string, object?>("verdict", decision.IsAllowed ? "allow" : "deny"),
        new KeyValuePair<string, object?>("reason", decision.Reason.Name()));

    public void Released(long bytes) => released.Add(bytes);
}

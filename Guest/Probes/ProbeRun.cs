using System.Globalization;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Exec;

namespace SecureAgent.Guest.Probes;

/// <summary>
/// Tries, with every layer in force and in the very process that becomes the agent, what must fail and what must work. A layer is there when it answers right, not
/// when it was asked for.
/// </summary>
internal static class ProbeRun
{
    private static readonly string[] Attested =
        [SandboxLayers.Mounts, SandboxLayers.PidNamespace, SandboxLayers.IpcNamespace, SandboxLayers.Capabilities, SandboxLayers.Relays];

    public static IEnumerable<Probe> All(GuestConfig config)
    {
        var calls = ProbeCalls.OfThisMachine;
        return [.. FileProbes.All(calls, config), .. NetworkProbes.All(), .. ProcessProbes.All(calls, config), .. SyscallProbes.All(calls), .. WorkProbes.All(config)];
    }

    /// <summary>A missing layer for each wrong answer, else the layers that only probes attest; then all answers.</summary>
    public static IEnumerable<GuestEvent> Run(GuestConfig config)
    {
        var results = All(config).Select(probe => new ProbeResult(probe, probe.Try())).ToList();
        var wrong = results.FindAll(result => !result.IsRight);
        var open = wrong.FindAll(result => config.AllowDegraded.Contains(result.Probe.Layer) || config.OpenProbes.Contains(result.Probe.Name));
        foreach (var result in wrong.Except(open))
        {
            yield return LayerReport.Missing(result.Probe.Layer, $"probe {result.Probe.Name} was answered {result.Answer.ToString(CultureInfo.InvariantCulture)}");
        }

        foreach (var layer in Attested.Where(layer => !wrong.Except(open).Any(result => result.Probe.Layer == layer)))
        {
            yield return LayerReport.Applied(layer, $"{results.Count(result => result.Probe.Layer == layer).ToString(CultureInfo.InvariantCulture)} probes");
        }

        yield return new GuestEvent(GuestEvent.Probed)
        {
            Detail = string.Join(' ', results), Name = string.Join(' ', open.Select(result => result.Probe.Name)), Count = results.Count,
        };
    }
}

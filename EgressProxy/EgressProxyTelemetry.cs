using System.Diagnostics;
using System.Diagnostics.Metrics;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.EgressProxy;

internal static class EgressProxyTelemetry
{
    private static readonly Counter<long> Decisions = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.egress.decisions", "{decision}", "Destinations asked for; labels: via (connect, socks, http, https, route, tls), verdict (allow, deny), reason.");

    private static readonly UpDownCounter<long> Tunnels = ServiceTelemetry.Meter.CreateUpDownCounter<long>(
        "secureagent.egress.tunnels", "{tunnel}", "Open tunnels.");

    private static readonly Counter<long> TunnelBytes = ServiceTelemetry.Meter.CreateCounter<long>(
        "secureagent.egress.tunnel.io", "By", "Bytes through closed tunnels; label: direction (up, down).");

    public static void Decided(string via, Decision decision)
    {
        if (Decisions.Enabled)
        {
            Decisions.Add(1, new TagList { { "via", via }, { "verdict", decision.IsAllowed ? "allow" : "deny" }, { "reason", decision.Reason.Name() } });
        }
    }

    public static void TunnelOpened() => Tunnels.Add(1);

    public static void TunnelClosed(long up, long down)
    {
        Tunnels.Add(-1);
        TunnelBytes.Add(up, new KeyValuePair<string, object?>("direction", "up"));
        TunnelBytes.Add(down, new KeyValuePair<string, object?>("direction", "down"));
    }
}

using System.Net;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>Destinations that the operator's upstream proxy is not for, as the hosts of rules are written. Blocks are compared with the addresses that were judged.</summary>
internal sealed class ProxyBypass
{
    private readonly List<string> patterns = [];
    private readonly List<IPNetwork> blocks;

    /// <param name="list">Separated by commas. Throws <see cref="StartupException"/> for what is no host and no block.</param>
    public ProxyBypass(string? list)
    {
        foreach (var item in (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            patterns.Add(HostPattern.TryParse(item, out var fault) ?? throw new StartupException($"EgressProxy__UpstreamProxyBypass: '{item}' {fault}"));
        }

        blocks = [.. patterns.Select(HostPattern.BlockOf).OfType<IPNetwork>()];
    }

    /// <summary>The host is named, or all its addresses are in the blocks.</summary>
    public bool Covers(Judgement judgement) =>
        patterns.Exists(pattern => HostPattern.Matches(pattern, judgement.Host!)) || judgement.Addresses.All(address => blocks.Exists(block => block.Contains(address)));
}

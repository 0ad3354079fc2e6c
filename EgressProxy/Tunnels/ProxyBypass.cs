using System.Net;
using SecureAgent.EgressProxy.Judging;
using SecureAgent.Policy.Egress;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>Destinations that the operator's upstream proxy is not for. Hosts are compared in their one canonical form, blocks with the address that was judged.</summary>
internal sealed class ProxyBypass
{
    private readonly List<string> hosts = [];
    private readonly List<IPNetwork> blocks = [];

    /// <param name="list">Separated by commas. Throws <see cref="StartupException"/> for what is none of the four.</param>
    public ProxyBypass(string? list)
    {
        foreach (var item in (list ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (BlockOf(item) is { } block)
            {
                blocks.Add(block);
            }
            else if (HostPattern.TryParse(item, out var fault) is { } host)
            {
                hosts.Add(host);
            }
            else
            {
                throw new StartupException(
                    $"EgressProxy__UpstreamProxyBypass: '{item}' {(item.Contains('/', StringComparison.Ordinal) ? "is no CIDR block; write 10.0.0.0/8, the bits behind the prefix all zero" : fault)}");
            }
        }
    }

    /// <summary>The host is named, or all its addresses are in the blocks.</summary>
    public bool Covers(Judgement judgement) =>
        hosts.Exists(host => HostPattern.Matches(host, judgement.Host!)) || judgement.Addresses.All(address => blocks.Exists(block => block.Contains(address)));

    private static IPNetwork? BlockOf(string text) =>
        text.IndexOf('/', StringComparison.Ordinal) is >= 0 and var slash && IPNetwork.TryParse(text, out var block) && IPAddress.TryParse(text.AsSpan(0, slash), out var given) && given.Equals(block.BaseAddress)
            ? block
            : null;
}

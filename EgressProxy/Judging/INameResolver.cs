using System.Net;
using System.Net.Sockets;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>Names to addresses. A seam, so that a hostile DNS server can be scripted.</summary>
internal interface INameResolver
{
    /// <summary>All addresses, in the order to try them; empty when the name has none.</summary>
    Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, CancellationToken cancellationToken);
}

/// <summary>The machine's own resolver.</summary>
internal sealed class SystemResolver : INameResolver
{
    public async Task<IReadOnlyList<IPAddress>> ResolveAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await Dns.GetHostAddressesAsync(name, cancellationToken);
        }
        catch (SocketException)
        {
            // The resolver's word for "no such name" and for "no answer" alike; both leave nothing to dial.
            return [];
        }
    }
}

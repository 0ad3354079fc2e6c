using System.Net;
using System.Net.NetworkInformation;

namespace SecureAgent.EgressProxy.Judging;

/// <summary>The machine's own addresses, public ones too: a service that trusts them must not be reachable through the proxy.</summary>
internal sealed class HostAddresses : IDisposable
{
    private volatile IReadOnlyCollection<IPAddress> current = Read();

    public HostAddresses() => NetworkChange.NetworkAddressChanged += OnChanged;

    public IReadOnlyCollection<IPAddress> Current => current;

    public void Dispose() => NetworkChange.NetworkAddressChanged -= OnChanged;

    private void OnChanged(object? sender, EventArgs e) => current = Read();

    private static IPAddress[] Read() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .Select(unicast => unicast.Address),
    ];
}

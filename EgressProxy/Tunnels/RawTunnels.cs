using System.Diagnostics;
using System.Net.Sockets;
using SecureAgent.EgressProxy.Preface;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.ServiceDefaults.Telemetry;

namespace SecureAgent.EgressProxy.Tunnels;

/// <summary>
/// CONNECT and SOCKS5, told apart by their first byte. Only at the beginning of a connection; these connections never pass through Kestrel, whose
/// pipes would cost memory and half-close.
/// </summary>
internal sealed class RawTunnels(HttpConnect http, SocksConnect socks) : IRawConnections
{
    public bool Claims(ReadOnlySpan<byte> firstBytes) => ConnectHead.MayBegin(firstBytes) || SocksGreeting.MayBegin(firstBytes);

    public async Task ServeAsync(SessionContext session, Socket socket)
    {
        using var activity = ServiceTelemetry.Source.StartActivity("egress-proxy CONNECT", ActivityKind.Server, session.TraceParent);
        activity?.SetTag("secureagent.session", session.Id);
        var first = new byte[1];
        await socket.ReceiveAsync(first, SocketFlags.Peek);
        await (SocksGreeting.MayBegin(first) ? socks.ServeAsync(session, socket) : http.ServeAsync(session, socket));
    }
}

using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using SecureAgent.Contracts;

namespace SecureAgent.ServiceDefaults.Hosting;

/// <summary>A port of the pod for the node's probes.</summary>
internal static class HealthPort
{
    public static void Listen(KestrelServerOptions kestrel, string address)
    {
        if (!IPEndPoint.TryParse(address, out var endPoint))
        {
            throw new StartupException($"{HostEnvironment.HealthAddress} '{address}' is not ADDRESS:PORT");
        }

        kestrel.Listen(endPoint, listen =>
        {
            listen.Protocols = HttpProtocols.Http1;
            listen.TagOrigin(ConnectionOrigin.Health);
        });
    }
}

using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;

namespace SecureAgent.ServiceDefaults.Identity;

/// <summary>gRPC to another component's service endpoint, under this component's service token for it.</summary>
public static class ServiceChannel
{
    /// <summary>Null when the configuration has no address of it: <c>services__NAME__https__0</c> in a cluster, <c>services__NAME__http__0</c> on a dev server.</summary>
    public static GrpcChannel? To(string component, IConfiguration configuration)
    {
        if ((configuration[$"services:{component}:https:0"] ?? configuration[$"services:{component}:http:0"]) is not { Length: > 0 } address)
        {
            return null;
        }

        var handler = ServiceTokenHandler.For(configuration, component);
        handler.InnerHandler = CalleeHandler.For(configuration);
        return GrpcChannel.ForAddress(address, new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }
}

using Grpc.Net.Client;
using SecureAgent.ServiceDefaults.Hosting;

namespace SecureAgent.Testing;

public static class UnixSockets
{
    public static uint OwnUserId => UnixSocketHttp.OwnUserId;

    public static HttpMessageHandler Handler(string path) => UnixSocketHttp.Handler(path);

    public static GrpcChannel Channel(string path) =>
        GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = Handler(path), MaxReceiveMessageSize = 16 << 20 });
}

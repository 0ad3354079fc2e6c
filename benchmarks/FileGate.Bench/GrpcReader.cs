using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Contracts.FileGate.V1;
using WireGate = SecureAgent.Contracts.FileGate.V1.FileGate;

namespace SecureAgent.FileGate.Bench;

internal sealed class GrpcReader(HttpMessageHandler handler) : IDisposable
{
    private readonly GrpcChannel channel = GrpcChannel.ForAddress("http://session", new GrpcChannelOptions { HttpHandler = handler });

    public async Task ReadAsync(string path, long expected)
    {
        using var call = new WireGate.FileGateClient(channel).Read(new ReadRequest { Path = path });
        var length = 0L;
        await foreach (var chunk in call.ResponseStream.ReadAllAsync())
        {
            length += chunk.Data.Length;
        }

        if (length != expected)
        {
            throw new InvalidDataException($"{length} bytes instead of {expected}");
        }
    }

    public void Dispose() => channel.Dispose();
}

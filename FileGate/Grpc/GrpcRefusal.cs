using System.Text.Json;
using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Http;

namespace SecureAgent.FileGate.Grpc;

/// <summary>A refusal as a gRPC status; the JSON that HTTP answers with travels in the trailer <see cref="GateHeaders.Refusal"/>.</summary>
internal static class GrpcRefusal
{
    /// <summary>The value, or the refusal as an exception.</summary>
    public static T OrThrow<T>(this Answer<T> answer)
        where T : class => answer.Value ?? throw Of(answer.Refusal!);

    public static RpcException Of(Refusal refusal) => new(
        new Status(RefusalStatus.Of(refusal.Code).Grpc, refusal.Message),
        new Metadata
        {
            { GateHeaders.Refusal, JsonSerializer.SerializeToUtf8Bytes(new RefusalResponse(refusal), FileGateJson.Default.RefusalResponse) },
        });
}

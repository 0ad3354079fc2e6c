using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Http;

/// <summary>Endpoints that take the content of a file. Their bodies are held in memory, so a session has few of them at a time.</summary>
internal static class LargeBodies
{
    /// <summary>The largest content (8 MiB), and what JSON makes of it when every byte is escaped.</summary>
    public const int MaxBytes = 50 << 20;

    private const int SmallBytes = 64 * 1024;

    /// <param name="grpcMethods">Of a gRPC service, only these methods.</param>
    public static TBuilder WithLargeBodies<TBuilder>(this TBuilder builder, params string[] grpcMethods)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            if (grpcMethods.Length == 0 || endpoint.Metadata.OfType<GrpcMethodMetadata>().Any(grpc => grpcMethods.Contains(grpc.Method.Name)))
            {
                endpoint.Metadata.Add(new LargeBody());
            }
        });
        return builder;
    }

    public static void UseLargeBodies(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<LargeBody>() is null || context.Request.ContentLength <= SmallBytes
            || context.Origin() != ConnectionOrigin.Session || HttpMethods.IsGet(context.Request.Method))
        {
            await next(context);
            return;
        }

        using var turn = await Turn.TakeAsync(context.Session().Files().BodySlots, context.RequestAborted);
        await next(context);
    });

    private sealed class LargeBody : IRequestSizeLimitMetadata
    {
        public long? MaxRequestBodySize => MaxBytes;
    }
}

using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.InferenceGateway.Tests.Upstream;

/// <summary>A broker that leases one value, or refuses with a reason.</summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    public const string Value = "sk-upstream-0042";

    private readonly WebApplication app;
    private readonly string tokens = Directory.CreateTempSubdirectory("sa-tokens-").FullName;

    private FakeBroker(WebApplication app) => this.app = app;

    public ConcurrentQueue<DrawRequest> Drawn { get; } = new();

    public ConcurrentQueue<string> Revoked { get; } = new();

    public string? Refusal { get; set; }

    public (string Key, string Value)[] Settings =>
        [(SecretLeases.AddressKey, app.Urls.Single()), (Contracts.HostEnvironment.TokenDirectory, tokens), ("SECUREAGENT_INFERENCE_SECRET", "model")];

    public static async Task<FakeBroker> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        FakeBroker? broker = null;
        builder.Services.AddSingleton<Func<FakeBroker>>(() => broker!);
        var app = builder.Build();
        broker = new FakeBroker(app);
        await File.WriteAllTextAsync(Path.Combine(broker.tokens, Contracts.ComponentNames.SecretBroker), "service-token");
        app.MapGrpcService<Service>();
        await app.StartAsync();
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(tokens, recursive: true);
    }

    private sealed class Service(Func<FakeBroker> owner) : Leases.LeasesBase
    {
        public override Task<Lease> Draw(DrawRequest request, ServerCallContext context)
        {
            owner().Drawn.Enqueue(request);
            if (owner().Refusal is { } reason)
            {
                throw new RpcException(new Status(StatusCode.PermissionDenied, "no"), new Metadata { { SecretLeases.ReasonTrailer, reason } });
            }

            return Task.FromResult(new Lease
            {
                LeaseId = "l-1", Value = ByteString.CopyFromUtf8(Value), Header = "Authorization", Prefix = "Bearer ",
                ExpiresUnixMs = TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds(),
            });
        }

        public override Task<RevokeResponse> Revoke(RevokeRequest request, ServerCallContext context)
        {
            owner().Revoked.Enqueue(request.LeaseId);
            return Task.FromResult(new RevokeResponse());
        }
    }
}

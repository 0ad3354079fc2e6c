using System.Collections.Concurrent;
using System.Net;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.EgressProxy.Tests.Support;

/// <summary>A broker on the wire: answers draws with one value and keeps what was asked.</summary>
internal sealed class FakeBroker : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Service service;

    private FakeBroker(WebApplication app, Service service) => (this.app, this.service) = (app, service);

    public ConcurrentQueue<DrawRequest> Draws => service.Draws;

    public ConcurrentQueue<string> Returned => service.Returned;

    /// <summary>The trace that each draw came under.</summary>
    public ConcurrentQueue<string?> Traces => service.Traces;

    /// <summary>A directory with this gate's token, as the host makes it.</summary>
    public string Tokens { get; } = Directory.CreateTempSubdirectory("sa-tokens-").FullName;

    public (string Key, string Value)[] Settings => [(SecretLeases.AddressKey, app.Urls.First()), (HostEnvironment.TokenDirectory, Tokens)];

    public static async Task<FakeBroker> StartAsync(string value, string header = "x-api-key", string prefix = "", (StatusCode Code, string Reason)? refuse = null)
    {
        var service = new Service(value, header, prefix, refuse);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(service);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.MapGrpcService<Service>();
        await app.StartAsync();
        var broker = new FakeBroker(app, service);
        await File.WriteAllTextAsync(Path.Combine(broker.Tokens, ComponentNames.SecretBroker), "token-of-the-proxy");
        return broker;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        Directory.Delete(Tokens, recursive: true);
    }

    internal sealed class Service(string value, string header, string prefix, (StatusCode Code, string Reason)? refuse) : Leases.LeasesBase
    {
        public ConcurrentQueue<DrawRequest> Draws { get; } = new();

        public ConcurrentQueue<string> Returned { get; } = new();

        public ConcurrentQueue<string?> Traces { get; } = new();

        public override Task<Lease> Draw(DrawRequest request, ServerCallContext context)
        {
            Assert.Equal("Bearer token-of-the-proxy", context.RequestHeaders.GetValue("authorization"));
            Draws.Enqueue(request);
            Traces.Enqueue(context.RequestHeaders.GetValue("traceparent"));
            return refuse is { } refusal
                ? throw new RpcException(new Status(refusal.Code, "refused"), new Metadata { { SecretLeases.ReasonTrailer, refusal.Reason } })
                : Task.FromResult(new Lease
                {
                    LeaseId = $"l-{Draws.Count}", Value = ByteString.CopyFromUtf8(value), Header = header, Prefix = prefix,
                    ExpiresUnixMs = TimeProvider.System.GetUtcNow().AddMinutes(1).ToUnixTimeMilliseconds(),
                });
        }

        public override Task<RevokeResponse> Revoke(RevokeRequest request, ServerCallContext context)
        {
            Returned.Enqueue(request.LeaseId);
            return Task.FromResult(new RevokeResponse());
        }
    }
}

using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Secrets;
using SecureAgent.Testing;

namespace SecureAgent.SecretBroker.Tests;

/// <summary>A running broker with one secret, one session that may use it, and one gate that may draw it.</summary>
internal sealed class BrokerUnderTest : IAsyncDisposable
{
    public const string Value = "sk-live-0123456789";
    public const string Session = "s-test";

    public const string Policy = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            egress:
              - { host: api.example.com, ports: [80], inject: model }
              - { host: other.example.com, ports: [80] }
            secrets:
              model: { embedded: team.model, deliver: { header: x-api-key, host: api.example.com, methods: [GET, POST] }, ttl: 15m }
              absent: { embedded: never-set, deliver: { header: Authorization, prefix: "Bearer ", host: api.example.com } }
            inference: { models: ["*"] }
          no-models:
            secrets:
              model: { embedded: team.model, deliver: { header: x-api-key, host: api.example.com } }
        """;

    private readonly GrpcChannel service;

    private BrokerUnderTest(TestComponent component)
    {
        Component = component;
        service = GrpcChannel.ForAddress(component.ServiceAddress);
    }

    public TestComponent Component { get; }

    public SecretAdmin.SecretAdminClient Admin => new(Component.Control);

    public Contracts.Broker.V1.Leases.LeasesClient Leases => new(service);

    public static async Task<BrokerUnderTest> StartAsync(bool openSession = true, params (string Key, string Value)[] settings)
    {
        var component = await TestComponent.StartAsync(ComponentNames.SecretBroker, SecretBrokerHosting.Create, service: true, settings);
        var broker = new BrokerUnderTest(component);
        await broker.Admin.SetAsync(new SetSecretRequest { Name = "team.model", Value = ByteString.CopyFromUtf8(Value) });
        if (openSession)
        {
            await component.OpenSessionAsync(Policy);
        }

        return broker;
    }

    public Metadata As(string caller) => new() { { "authorization", $"Bearer {Component.Mint.Mint(caller, ComponentNames.SecretBroker)}" } };

    public static DrawRequest Request(
        string name = "model", string host = "api.example.com", int port = 80, string method = "POST", string session = Session) =>
        new() { SessionId = session, Name = name, Host = host, Port = port, Method = method };

    public async Task<Lease> DrawAsync(DrawRequest? request = null, string caller = ComponentNames.EgressProxy) =>
        await Leases.DrawAsync(request ?? Request(), As(caller));

    public async Task<(StatusCode Status, string? Reason)> RefusalAsync(DrawRequest request, Metadata? headers)
    {
        var error = await Assert.ThrowsAsync<RpcException>(async () => await Leases.DrawAsync(request, headers));
        return (error.StatusCode, error.Trailers.GetValue(SecretLeases.ReasonTrailer));
    }

    public IReadOnlyList<AuditRecord> Decisions() => [.. Component.Records().Where(record => record.IsDecision)];

    public string AuditText() => string.Concat(Directory.EnumerateFiles(Path.Combine(Component.DataDirectory, "audit"), "*", SearchOption.AllDirectories)
        .Select(file => Encoding.Latin1.GetString(ReadShared(file))));

    public async ValueTask DisposeAsync()
    {
        service.Dispose();
        await Component.DisposeAsync();
    }

    private static byte[] ReadShared(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var memory = new MemoryStream();
        file.CopyTo(memory);
        return memory.ToArray();
    }
}

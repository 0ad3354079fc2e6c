using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using SecureAgent.Contracts;

namespace SecureAgent.SecretBroker.Tests.AgentDoor;

/// <summary>The sandbox's own way to the broker.</summary>
public sealed class AgentDoorTests
{
    private const string Document = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            egress:
              - { host: api.example.com, ports: [80], inject: model }
            secrets:
              model: { embedded: team.model, deliver: { header: x-api-key, host: api.example.com } }
              own: { embedded: team.model, deliver: agent, ttl: 5m }
          none:
            secrets:
              model: { embedded: team.model, deliver: { header: x-api-key, host: api.example.com } }
        """;

    [Fact]
    public async Task SecretForTheAgent_IsGivenInTheShapeOfVault_AndRecordedWithoutItsValue()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);
        await using var session = await broker.Component.OpenSessionAsync(Document);

        var answer = JsonNode.Parse(await session.Http.GetStringAsync("v1/secret/data/own"))!;

        Assert.Equal(BrokerUnderTest.Value, (string?)answer["data"]!["data"]!["value"]);
        Assert.Equal(300, (int)answer["lease_duration"]!);
        var record = Assert.Single(broker.Decisions());
        Assert.True(record.IsAllowed);
        Assert.Equal("agent", record.Facts["caller"]);
        Assert.DoesNotContain(BrokerUnderTest.Value, broker.AuditText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("v1/secret/data/model", "caller_not_allowed")]
    [InlineData("v1/secret/data/team.model", "secret_unknown")]
    [InlineData("v1/secret/data/aws-root", "secret_unknown")]
    [InlineData("v1/secret/data/OWN", "secret_unknown")]
    public async Task AnythingElse_IsRefusedWithARecord(string path, string reason)
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);
        await using var session = await broker.Component.OpenSessionAsync(Document);

        var refused = await session.Http.GetAsync(path);

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.DoesNotContain(BrokerUnderTest.Value, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(reason, Assert.Single(broker.Decisions()).Reason);
        Assert.Equal(HttpStatusCode.OK, (await session.Http.GetAsync("v1/secret/data/own")).StatusCode);
    }

    [Fact]
    public async Task Gates_GetNothingThatIsTheAgents()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);
        await broker.Component.OpenSessionAsync(Document);

        foreach (var gate in new[] { ComponentNames.EgressProxy, ComponentNames.InferenceGateway })
        {
            Assert.Equal((StatusCode.PermissionDenied, "caller_not_allowed"), await broker.RefusalAsync(BrokerUnderTest.Request("own"), broker.As(gate)));
        }

        await broker.DrawAsync();
    }

    [Fact]
    public async Task List_ShowsOnlyWhatIsTheAgents()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);
        await using var session = await broker.Component.OpenSessionAsync(Document);

        var answer = JsonNode.Parse(await session.Http.GetStringAsync("v1/secret/metadata?list=true"))!;

        Assert.Equal("own", (string?)Assert.Single(answer["data"]!["keys"]!.AsArray()));
        Assert.Contains(broker.Component.Records(), record => record.Kind == "secret.list");
    }

    [Fact]
    public async Task OperatorsCallsAndOtherPaths_AreNotServedThere()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);
        await using var session = await broker.Component.OpenSessionAsync(Document);

        Assert.Equal(HttpStatusCode.Forbidden, (await session.Http.GetAsync("v1/auth/token/lookup-self")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await session.Http.GetAsync("health")).StatusCode);
        var error = await Assert.ThrowsAsync<RpcException>(async () => await new Contracts.Broker.V1.SecretAdmin.SecretAdminClient(session.Grpc).ListAsync(new()));
        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.NotNull(await broker.Admin.ListAsync(new()));
    }

    [Fact]
    public async Task WithoutAReason_ThereIsNoDoor()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var closed = await broker.Component.OpenSessionAsync(Document, "none", id: "s-none");
        var open = await broker.Component.OpenSessionAsync(Document, id: "s-open");

        Assert.Equal("", closed.SocketPath);
        Assert.False(File.Exists(RunLayout.SessionSocket(RunLayout.SessionDirectory(broker.Component.RunDirectory, "s-none"), ComponentNames.SecretBroker)));
        Assert.True(File.Exists(open.SocketPath));
    }
}

using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.SecretBroker.Vault;

namespace SecureAgent.SecretBroker.Tests.Vault.Bootstrap;

/// <summary>An empty store set up for a policy document, and used with what came out.</summary>
public sealed class VaultBootstrapTests : IAsyncLifetime
{
    private const string Document = """
        apiVersion: secureagent.dev/v1
        kind: AgentPolicy
        profiles:
          default:
            egress:
              - { host: api.example.com, ports: [80], inject: model }
            secrets:
              model: { vault: "team/ai/x#token", deliver: { header: x-api-key, host: api.example.com } }
              user: { vault: "database/creds/reader#password", deliver: { header: x-password, host: db.example.com } }
        """;

    private readonly string directory = Directory.CreateTempSubdirectory("sa-bootstrap-").FullName;
    private FakeVault fake = null!;

    private string RoleFile => Path.Combine(directory, "role");

    private string SecretFile => Path.Combine(directory, "secret");

    public async ValueTask InitializeAsync() => fake = await FakeVault.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await fake.DisposeAsync();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task EmptyStore_IsSetUp_AndTheBrokerWorksWithWhatCameOut()
    {
        await using var broker = await StartAsync();

        var steps = await BootstrapAsync(broker, auditFile: "/var/log/vault.log");
        fake.State.Put("team/data/ai/x", new JsonObject { ["token"] = "value-0123456789" });
        await broker.Component.OpenSessionAsync(Document);

        Assert.Equal("value-0123456789", (await broker.DrawAsync()).Value.ToStringUtf8());
        Assert.Equal(("kv", "2"), fake.State.Mounts["team"]);
        Assert.Equal("/var/log/vault.log", fake.State.AuditDevices["secure-agent"]);
        Assert.Equal(["secure-agent-broker"], fake.State.Roles["secure-agent-broker"]);
        Assert.Contains("proved with the limited token: 2 paths can be read, 10 others are denied", steps[^1], StringComparison.Ordinal);
        Assert.DoesNotContain(fake.State.Secrets.Keys, path => path.Contains("probe", StringComparison.Ordinal));
        Assert.Single(broker.Component.Records(), record => record.Kind == "vault.bootstrap");
        Assert.DoesNotContain(FakeVaultState.DefaultRootToken + "\"", broker.AuditText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecondTime_ChangesNothingThatIsThere()
    {
        await using var broker = await StartAsync();
        await BootstrapAsync(broker, "/var/log/vault.log");
        fake.State.Put("team/data/ai/x", new JsonObject { ["token"] = "kept" });

        var steps = await BootstrapAsync(broker, "/elsewhere.log");

        Assert.Contains("mount team is there (kv)", steps);
        Assert.Contains("an audit device is there", steps);
        Assert.Equal("kept", fake.State.Secrets["team/data/ai/x"].Data!["token"]!.GetValue<string>());
    }

    [Fact]
    public async Task TokenThatCanReadMore_FailsTheProof_AndNobodyCanLogIn()
    {
        await using var broker = await StartAsync();
        fake.State.IgnoresPolicies = true;

        var error = await Assert.ThrowsAsync<RpcException>(() => BootstrapAsync(broker));

        Assert.Equal(StatusCode.Aborted, error.StatusCode);
        Assert.Contains("can read it", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(fake.State.Roles);
        fake.State.IgnoresPolicies = false;
        await BootstrapAsync(broker);
        Assert.NotEmpty(fake.State.Roles);
    }

    [Fact]
    public async Task StoreThatKeepsItsData_IsLeftAloneUnlessAskedFor()
    {
        await using var broker = await StartAsync();
        fake.State.StorageType = "raft";

        var error = await Assert.ThrowsAsync<RpcException>(() => BootstrapAsync(broker));

        Assert.Contains("--keep-data", error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(fake.State.Policies);
        await BootstrapAsync(broker, keepData: true);
        Assert.NotEmpty(fake.State.Policies);
    }

    [Fact]
    public async Task StoreThatTakesNoAuditDevice_IsSetUpAndItIsSaid()
    {
        await using var broker = await StartAsync();
        fake.State.TakesAuditDevices = false;

        Assert.Contains(await BootstrapAsync(broker, "/var/log/vault.log"), step => step.Contains("add one to its configuration", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("wrong", Document, StatusCode.Aborted, "status 403")]
    [InlineData(FakeVaultState.DefaultRootToken, "kind: Nothing", StatusCode.InvalidArgument, "policy:1:")]
    public async Task WrongTokenOrDocument_IsOneClearError(string token, string document, StatusCode status, string words)
    {
        await using var broker = await StartAsync();

        var error = await Assert.ThrowsAsync<RpcException>(() => BootstrapAsync(broker, token: token, document: document));

        Assert.Equal(status, error.StatusCode);
        Assert.Contains(words, error.Status.Detail, StringComparison.Ordinal);
        Assert.Empty(fake.State.Roles);
    }

    [Fact]
    public async Task ServerWithoutAVault_SaysSo()
    {
        await using var broker = await BrokerUnderTest.StartAsync(openSession: false);

        var error = await Assert.ThrowsAsync<RpcException>(() => BootstrapAsync(broker));

        Assert.Equal(StatusCode.FailedPrecondition, error.StatusCode);
        Assert.Contains("VAULT_ADDR", error.Status.Detail, StringComparison.Ordinal);
    }

    private async Task<List<string>> BootstrapAsync(
        BrokerUnderTest broker, string auditFile = "", bool keepData = false, string token = FakeVaultState.DefaultRootToken, string document = Document)
    {
        var steps = new List<string>();
        using var call = new VaultAdmin.VaultAdminClient(broker.Component.Control).Bootstrap(
            new BootstrapVaultRequest { Token = ByteString.CopyFromUtf8(token), Policy = document, AuditFile = auditFile, KeepData = keepData });
        await foreach (var answer in call.ResponseStream.ReadAllAsync())
        {
            if (answer.Step.Length > 0)
            {
                steps.Add(answer.Step);
                continue;
            }

            await File.WriteAllBytesAsync(RoleFile, answer.RoleId.ToByteArray());
            await File.WriteAllBytesAsync(SecretFile, answer.SecretId.ToByteArray());
        }

        return steps;
    }

    private Task<BrokerUnderTest> StartAsync() => BrokerUnderTest.StartAsync(
        openSession: false, ("SecretBroker:Vault:Address", fake.Address), ("SecretBroker:Vault:Login", nameof(VaultLogin.AppRole)),
        ("SecretBroker:Vault:RoleIdFile", RoleFile), ("SecretBroker:Vault:SecretIdFile", SecretFile));
}

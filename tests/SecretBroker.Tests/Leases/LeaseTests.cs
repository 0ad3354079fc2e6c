using Grpc.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Broker.V1;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.ServiceDefaults.Secrets;

namespace SecureAgent.SecretBroker.Tests.Leases;

public sealed class LeaseTests
{
    [Fact]
    public async Task Lease_ForTheBoundDestination_CarriesTheValueAndIsOnRecord()
    {
        await using var broker = await BrokerUnderTest.StartAsync();

        var lease = await broker.DrawAsync();

        Assert.Equal(BrokerUnderTest.Value, lease.Value.ToStringUtf8());
        Assert.Equal(("x-api-key", ""), (lease.Header, lease.Prefix));
        Assert.InRange(DateTimeOffset.FromUnixTimeMilliseconds(lease.ExpiresUnixMs) - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(14), TimeSpan.FromMinutes(15));
        var record = Assert.Single(broker.Decisions());
        Assert.True(record.IsAllowed);
        Assert.Equal(("secrets", "model", BrokerUnderTest.Session), (record.Plane, record.Subject, record.Session));
        Assert.Equal(
            ("egress-proxy", "api.example.com", "80", "POST", lease.LeaseId),
            (record.Facts["caller"], record.Facts["host"], record.Facts["port"], record.Facts["method"], record.Facts["lease"]));
        Assert.DoesNotContain(BrokerUnderTest.Value, broker.AuditText(), StringComparison.Ordinal);
    }

    // Each row differs from the drawn lease above in one thing.
    [Theory]
    [InlineData("model", "other.example.com", 80, "POST", "destination_mismatch")]
    [InlineData("model", "api.example.com.evil.test", 80, "POST", "destination_mismatch")]
    [InlineData("model", "api.example.com", 8080, "POST", "destination_mismatch")]
    [InlineData("model", "api.example.com", 0, "POST", "destination_mismatch")]
    [InlineData("model", "", 80, "POST", "destination_mismatch")]
    [InlineData("model", "api.example.com", 80, "DELETE", "method_not_allowed")]
    [InlineData("model", "api.example.com", 80, "post", "method_not_allowed")]
    [InlineData("model", "api.example.com", 80, "", "method_not_allowed")]
    [InlineData("other", "api.example.com", 80, "POST", "secret_unknown")]
    [InlineData("team.model", "api.example.com", 80, "POST", "secret_unknown")]
    [InlineData("", "api.example.com", 80, "POST", "secret_unknown")]
    [InlineData("absent", "api.example.com", 80, "POST", "destination_mismatch")]
    public async Task Lease_ForAnythingElse_IsRefusedWithOneRecord(string name, string host, int port, string method, string reason)
    {
        await using var broker = await BrokerUnderTest.StartAsync();

        var refusal = await broker.RefusalAsync(BrokerUnderTest.Request(name, host, port, method), broker.As(ComponentNames.EgressProxy));

        Assert.Equal((StatusCode.PermissionDenied, reason), refusal);
        var record = Assert.Single(broker.Decisions());
        Assert.Equal((false, reason), (record.IsAllowed, record.Reason));
        await broker.DrawAsync();
    }

    [Theory]
    [InlineData(ComponentNames.FileGate)]
    [InlineData(ComponentNames.AgentRunner)]
    [InlineData(ComponentNames.DesktopAgent)]
    [InlineData("egress-proxy ")]
    public async Task Caller_ThatIsNoProxy_IsRefused(string caller)
    {
        await using var broker = await BrokerUnderTest.StartAsync();

        Assert.Equal((StatusCode.PermissionDenied, "caller_not_allowed"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(caller)));
        await broker.DrawAsync();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("empty")]
    [InlineData("garbage")]
    [InlineData("other-audience")]
    [InlineData("other-boot")]
    [InlineData("alg-none")]
    public async Task Caller_WithoutAValidToken_IsRefusedAndOnRecord(string kind)
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        using var otherBoot = new ServiceTokenMint(TimeProvider.System);
        var token = kind switch
        {
            "none" => null,
            "empty" => "",
            "garbage" => "x.y.z",
            "other-audience" => broker.Component.Mint.Mint(ComponentNames.EgressProxy, ComponentNames.FileGate),
            "other-boot" => otherBoot.Mint(ComponentNames.EgressProxy, ComponentNames.SecretBroker),
            _ => "eyJhbGciOiJub25lIn0.eyJzdWIiOiJlZ3Jlc3MtcHJveHkiLCJhdWQiOiJzZWNyZXQtYnJva2VyIn0.",
        };
        Metadata headers = token is null ? [] : new Metadata { { "authorization", $"Bearer {token}" } };

        Assert.Equal((StatusCode.Unauthenticated, "token_invalid"), await broker.RefusalAsync(BrokerUnderTest.Request(), headers));
        Assert.Equal("token_invalid", Assert.Single(broker.Decisions()).Reason);
        await broker.DrawAsync();
    }

    [Fact]
    public async Task InferenceGateway_DrawsOnlyWhereTheProfileMayCallModels()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        await broker.Component.OpenSessionAsync(BrokerUnderTest.Policy, "no-models", id: "s-plain");

        var lease = await broker.DrawAsync(BrokerUnderTest.Request(port: 443), ComponentNames.InferenceGateway);

        Assert.Equal(BrokerUnderTest.Value, lease.Value.ToStringUtf8());
        Assert.Equal(
            (StatusCode.PermissionDenied, "caller_not_allowed"),
            await broker.RefusalAsync(BrokerUnderTest.Request(port: 443, session: "s-plain"), broker.As(ComponentNames.InferenceGateway)));
    }

    [Fact]
    public async Task Session_ClosedOrNeverOpened_GetsNothing()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        await broker.DrawAsync();

        await broker.Component.CloseSessionAsync(BrokerUnderTest.Session, "killed");

        Assert.Equal((StatusCode.PermissionDenied, "session_closed"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));
        Assert.Equal(
            (StatusCode.PermissionDenied, "session_closed"),
            await broker.RefusalAsync(BrokerUnderTest.Request(session: "s-never"), broker.As(ComponentNames.EgressProxy)));
        var revoked = Assert.Single(broker.Component.Records(), record => record.Kind == "leases.revoked");
        Assert.Equal((1, "killed"), ((int)revoked.Number("count"), revoked.Facts["why"]));
    }

    [Fact]
    public async Task Secret_NotInTheStore_IsUnavailableAndSaysHowToSetIt()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        await broker.Admin.RemoveAsync(new RemoveSecretRequest { Name = "team.model" });

        var error = await Assert.ThrowsAsync<RpcException>(() => broker.DrawAsync());

        Assert.Equal((StatusCode.Unavailable, "secret_unavailable"), (error.StatusCode, error.Trailers.GetValue(SecretLeases.ReasonTrailer)));
        Assert.Contains("secure-agent secret set", error.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Leases_PastTheLimit_AreRefusedUntilOneIsReturned()
    {
        await using var broker = await BrokerUnderTest.StartAsync(settings: ("SecretBroker:MaxLiveLeasesPerSession", "2"));
        var first = await broker.DrawAsync();
        await broker.DrawAsync();

        Assert.Equal((StatusCode.PermissionDenied, "budget_exceeded"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));

        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = first.LeaseId }, broker.As(ComponentNames.InferenceGateway));
        Assert.Equal((StatusCode.PermissionDenied, "budget_exceeded"), await broker.RefusalAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = first.LeaseId }, broker.As(ComponentNames.EgressProxy));
        await broker.Leases.RevokeAsync(new RevokeRequest { LeaseId = first.LeaseId }, broker.As(ComponentNames.EgressProxy));
        await broker.DrawAsync();
        Assert.Single(broker.Component.Records(), record => record.Kind == "lease.returned");
    }

    [Fact]
    public async Task Session_ThatAsksTooOften_IsRefusedAndEachIsOnRecord()
    {
        await using var broker = await BrokerUnderTest.StartAsync(settings: ("SecretBroker:MaxDrawsPerSecondPerSession", "1"));
        await broker.Component.OpenSessionAsync(BrokerUnderTest.Policy, id: "s-other");

        var answers = await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => await Record.ExceptionAsync(() => broker.DrawAsync())));

        Assert.Contains(null, answers);
        Assert.Equal(
            ("rate_limited", StatusCode.PermissionDenied),
            Assert.Single(answers.OfType<RpcException>().Select(error => (error.Trailers.GetValue(SecretLeases.ReasonTrailer), error.StatusCode)).Distinct()));
        Assert.Equal(answers.Count(answer => answer is not null), broker.Decisions().Count(record => record.Reason == "rate_limited"));
        await broker.DrawAsync(BrokerUnderTest.Request(session: "s-other"));
    }

    [Fact]
    public async Task Leases_OnTheControlSocketOrAdminOnTheServicePort_AreNotThere()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        using var channel = Grpc.Net.Client.GrpcChannel.ForAddress(broker.Component.ServiceAddress);

        var leases = await Assert.ThrowsAsync<RpcException>(async () =>
            await new Contracts.Broker.V1.Leases.LeasesClient(broker.Component.Control).DrawAsync(BrokerUnderTest.Request(), broker.As(ComponentNames.EgressProxy)));
        var admin = await Assert.ThrowsAsync<RpcException>(async () =>
            await new SecretAdmin.SecretAdminClient(channel).ListAsync(new ListSecretsRequest(), broker.As(ComponentNames.EgressProxy)));

        Assert.Equal((StatusCode.Unimplemented, StatusCode.Unimplemented), (leases.StatusCode, admin.StatusCode));
    }

    [Fact]
    public async Task ServicePort_SpeaksHttp1ForHealthAndHttp2ForLeases()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        using var http = new HttpClient { BaseAddress = broker.Component.ServiceAddress };

        Assert.Equal("Healthy", await http.GetStringAsync("/health"));
        await broker.DrawAsync();
        Assert.Equal("Healthy", await http.GetStringAsync("/health"));
    }

    [Fact]
    public async Task GateClient_DrawsUsesAndGivesBack()
    {
        await using var broker = await BrokerUnderTest.StartAsync();
        using var client = await ClientAsync(broker, ComponentNames.EgressProxy);
        var draw = new SecretDraw(BrokerUnderTest.Session, "model", "api.example.com", 80, "POST");

        var lease = await client.DrawAsync(draw, default);
        Assert.True(lease.Value.Bytes.SequenceEqual(System.Text.Encoding.UTF8.GetBytes(BrokerUnderTest.Value)));
        var value = lease.Value;
        await lease.DisposeAsync();

        Assert.Throws<ObjectDisposedException>(() => value.Bytes.Length);
        Assert.Single(broker.Component.Records(), record => record.Kind == "lease.returned");
        var refused = await Assert.ThrowsAsync<SecretRefusedException>(() => client.DrawAsync(draw with { Method = "DELETE" }, default));
        Assert.Equal(ReasonCode.MethodNotAllowed, refused.Reason);
    }

    [Fact]
    public async Task GateClient_WithoutBrokerOrToken_IsRefused()
    {
        var broker = await BrokerUnderTest.StartAsync();
        var draw = new SecretDraw(BrokerUnderTest.Session, "model", "api.example.com", 80, "POST");
        using var unconfigured = new SecretLeases(new ConfigurationBuilder().Build(), TimeProvider.System, NullLogger<SecretLeases>.Instance);
        using var client = await ClientAsync(broker, ComponentNames.EgressProxy);
        using var tokenless = await ClientAsync(broker, null);

        Assert.Equal(ReasonCode.SecretUnavailable, (await Assert.ThrowsAsync<SecretRefusedException>(() => unconfigured.DrawAsync(draw, default))).Reason);
        Assert.Equal(ReasonCode.SecretUnavailable, (await Assert.ThrowsAsync<SecretRefusedException>(() => tokenless.DrawAsync(draw, default))).Reason);
        await (await client.DrawAsync(draw, default)).DisposeAsync();
        await broker.DisposeAsync();
        Assert.Equal(ReasonCode.SecretUnavailable, (await Assert.ThrowsAsync<SecretRefusedException>(() => client.DrawAsync(draw, default))).Reason);
    }

    private static async Task<SecretLeases> ClientAsync(BrokerUnderTest broker, string? caller)
    {
        var tokens = Directory.CreateDirectory(Path.Combine(broker.Component.RunDirectory, $"tokens-{caller}")).FullName;
        if (caller is not null)
        {
            await File.WriteAllTextAsync(Path.Combine(tokens, ComponentNames.SecretBroker), broker.Component.Mint.Mint(caller, ComponentNames.SecretBroker));
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [SecretLeases.AddressKey] = broker.Component.ServiceAddress.ToString(),
            [HostEnvironment.TokenDirectory] = tokens,
        }).Build();
        return new SecretLeases(configuration, TimeProvider.System, NullLogger<SecretLeases>.Instance);
    }
}

using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SecureAgent.AgentRunner.Tests.Sessions;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Runner.V1;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Identity;
using SecureAgent.Testing;

namespace SecureAgent.AgentRunner.Tests.Operators;

/// <summary>A runner that also listens on its loopback service endpoint, as under the host.</summary>
public sealed class ServiceRunnerFixture : RunnerFixture
{
    private readonly ServiceTokenMint mint = new(TimeProvider.System);

    protected override IEnumerable<string> MoreOptions
    {
        get
        {
            File.WriteAllText($"{Root}/key.pem", mint.PublicKeyPem);
            return ["--ASPNETCORE_URLS=http://127.0.0.1:0", $"--{HostEnvironment.TokenKeyFile}={Root}/key.pem"];
        }
    }

    internal GrpcChannel Service() => GrpcChannel.ForAddress(
        Service<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(url => url.StartsWith("http://127.0.0.1", StringComparison.Ordinal)));

    internal GrpcChannel OwnSocket() => UnixSockets.Channel(RunLayout.RunnerSocket(RunDirectory));

    internal Metadata As(string component, string key = "", string audience = ComponentNames.AgentRunner) =>
        new() { { "authorization", $"Bearer {mint.Mint(component, audience)}" }, { GateHeaders.OperatorSession, key } };

    internal async Task<string> TokenAsync()
    {
        using var socket = OwnSocket();
        return (await new LoginMint.LoginMintClient(socket).CreateLoginAsync(new CreateLoginRequest())).Token;
    }

    internal List<AuditRecord> OperatorRecords() =>
        [.. AuditReader.Read(AuditRoot, AuditPosition.Start).Where(record => record.Kind.StartsWith("operator.", StringComparison.Ordinal))];
}

public sealed class ConsoleDoorTests(ServiceRunnerFixture server) : IClassFixture<ServiceRunnerFixture>
{
    [Fact]
    public async Task Login_OpensTheOperatorsApi_UntilTheLogout()
    {
        using var channel = server.Service();
        var logins = new Logins.LoginsClient(channel);
        var runner = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(channel);

        var session = await logins.RedeemAsync(new RedeemRequest { Token = await server.TokenAsync() }, server.As(ComponentNames.Console));
        await runner.ListSessionsAsync(new ListSessionsRequest(), server.As(ComponentNames.Console, session.Key));
        await logins.EndAsync(new EndRequest(), server.As(ComponentNames.Console, session.Key));

        await ThrowsAsync(StatusCode.Unauthenticated, () => runner.ListSessionsAsync(new ListSessionsRequest(), server.As(ComponentNames.Console, session.Key)));
        Assert.Equal(
            ["operator.login", "operator.logout"],
            server.OperatorRecords().Where(record => record.Subject == session.OperatorId).Select(record => record.Kind));
    }

    [Theory]
    [InlineData(ComponentNames.Console, true, ComponentNames.FileGate)]
    [InlineData(ComponentNames.Console, false, ComponentNames.AgentRunner)]
    [InlineData(ComponentNames.EgressProxy, true, ComponentNames.AgentRunner)]
    public async Task Call_WithoutTheConsolesTokenOrAnOperatorsKey_IsRefused(string component, bool hasKey, string audience)
    {
        using var channel = server.Service();
        var session = await new Logins.LoginsClient(channel).RedeemAsync(new RedeemRequest { Token = await server.TokenAsync() }, server.As(ComponentNames.Console));
        var runner = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(channel);

        await ThrowsAsync(StatusCode.Unauthenticated, () => runner.GetStatusAsync(new GetStatusRequest(), server.As(component, hasKey ? session.Key : "", audience)));
        await runner.GetStatusAsync(new GetStatusRequest(), server.As(ComponentNames.Console, session.Key));
    }

    [Fact]
    public async Task Call_WithNoTokenAtAll_IsRefused_WhateverTheMethod()
    {
        using var channel = server.Service();
        var runner = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(channel);

        await ThrowsAsync(StatusCode.Unauthenticated, () => runner.KillAsync(new KillRequest { SessionId = "s-none" }));
        using var watch = runner.Approvals(new ApprovalsRequest());
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => watch.ResponseStream.MoveNext(TestContext.Current.CancellationToken))).StatusCode);
        await ThrowsAsync(StatusCode.Unimplemented, () => new LoginMint.LoginMintClient(channel).CreateLoginAsync(new CreateLoginRequest(), server.As(ComponentNames.Console)));
    }

    [Fact]
    public async Task Login_IsRedeemedOnce_ByTheConsoleOnly_AndEveryTryIsOnRecord()
    {
        using var channel = server.Service();
        var logins = new Logins.LoginsClient(channel);
        var token = await server.TokenAsync();

        await ThrowsAsync(StatusCode.PermissionDenied, () => logins.RedeemAsync(new RedeemRequest { Token = token }, server.As(ComponentNames.EgressProxy)));
        await logins.RedeemAsync(new RedeemRequest { Token = token }, server.As(ComponentNames.Console));
        var before = server.OperatorRecords().Count;
        await ThrowsAsync(StatusCode.Unauthenticated, () => logins.RedeemAsync(new RedeemRequest { Token = token }, server.As(ComponentNames.Console)));

        Assert.Equal("operator.login_refused", server.OperatorRecords()[before].Kind);
        Assert.DoesNotContain(server.OperatorRecords(), record => record.Json.Contains(token, StringComparison.Ordinal));
    }

    [Fact]
    public async Task WhatTheConsoleChanges_IsOnRecordWithTheOperator_WhatItLooksAtIsNot()
    {
        using var channel = server.Service();
        var session = await new Logins.LoginsClient(channel).RedeemAsync(new RedeemRequest { Token = await server.TokenAsync() }, server.As(ComponentNames.Console));
        var runner = new Contracts.Runner.V1.AgentRunner.AgentRunnerClient(channel);

        await ThrowsAsync(StatusCode.NotFound, () => runner.KillAsync(new KillRequest { SessionId = "s-none" }, server.As(ComponentNames.Console, session.Key)));
        await runner.VerifyAuditAsync(new VerifyAuditRequest(), server.As(ComponentNames.Console, session.Key));

        var calls = server.OperatorRecords().Where(record => record.Subject == session.OperatorId && record.Kind == "operator.call");
        Assert.Equal(["Kill"], calls.Select(record => record.Facts["method"]));
    }

    [Fact]
    public async Task ReadAudit_GivesTheNewestFirst_OfOneSession_OrWhatWasDenied()
    {
        var outcome = await server.RunAsync(server.Request("getent hosts nowhere.test; true"));
        var id = outcome.Summary.SessionId;

        var all = await ReadAsync(new ReadAuditRequest { SessionId = id });
        var denied = await ReadAsync(new ReadAuditRequest { SessionId = id, OnlyDenied = true });

        Assert.Equal("session.ended", all[0].Kind);
        Assert.Equal(all.OrderByDescending(line => line.TimeUnixUs).Select(line => line.TimeUnixUs), all.Select(line => line.TimeUnixUs));
        Assert.All(all, line => Assert.Equal(id, line.SessionId));
        Assert.NotEmpty(denied);
        Assert.All(denied, line => Assert.Equal(("deny", "dns"), (line.Verdict, line.Plane)));
        Assert.Equal([all[0], all[1]], await ReadAsync(new ReadAuditRequest { SessionId = id, Limit = 2 }));
        await ThrowsAsync(StatusCode.InvalidArgument, async () => await ReadAsync(new ReadAuditRequest { Limit = 1001 }));
    }

    private async Task<List<AuditLine>> ReadAsync(ReadAuditRequest request)
    {
        using var call = server.Client.ReadAudit(request);
        return await call.ResponseStream.ReadAllAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    private static async Task ThrowsAsync<T>(StatusCode code, Func<AsyncUnaryCall<T>> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(async () => await call())).StatusCode);

    private static async Task ThrowsAsync(StatusCode code, Func<Task> call) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<RpcException>(call)).StatusCode);
}

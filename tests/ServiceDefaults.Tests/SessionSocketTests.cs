using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.Testing;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>Identity by socket: whatever arrives on a session's socket is that session, on its doors and for its life only.</summary>
public sealed class SessionSocketTests : IAsyncLifetime
{
    private TestComponent gate = null!;

    [Fact]
    public async Task Request_BelongsToTheSessionOfItsSocket_WhateverItsHeadersSay()
    {
        await using var one = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-one");
        await using var two = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-two");
        one.Http.DefaultRequestHeaders.Add("X-Session", "s-two");
        one.Http.DefaultRequestHeaders.Host = "s-two";

        Assert.Equal("s-one", await one.Http.GetStringAsync("who"));
        Assert.Equal("s-two", await two.Http.GetStringAsync("who"));
    }

    [Fact]
    public async Task Http2_WithPriorKnowledge_IsServedOnTheSameSocket()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);
        using var request = new HttpRequestMessage(HttpMethod.Get, "http://session/who")
        {
            Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var response = await session.Http.SendAsync(request);

        Assert.Equal("s-test", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("/who", HttpStatusCode.OK)]
    [InlineData("/operator", HttpStatusCode.NotFound)]
    [InlineData("/nowhere", HttpStatusCode.NotFound)]
    [InlineData("/health", HttpStatusCode.NotFound)]
    [InlineData("/secureagent.gate.v1.GateControl/CloseAll", HttpStatusCode.NotFound)]
    public async Task SessionSocket_ServesOnlyWhatIsMeantForIt(string path, HttpStatusCode expected)
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);

        using var response = await session.Http.GetAsync(path);

        Assert.Equal(expected, response.StatusCode);
    }

    [Fact]
    public async Task GateControl_OverASessionSocket_IsNotThere()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);

        var error = await Assert.ThrowsAsync<RpcException>(async () =>
            await new GateControl.GateControlClient(session.Grpc).CloseAllAsync(new CloseAllRequest()));

        Assert.Equal(StatusCode.Unimplemented, error.StatusCode);
        Assert.Equal("s-test", await session.Http.GetStringAsync("who"));
    }

    [Fact]
    public async Task ServiceEndpoint_GivesHealthAndNothingOfASession()
    {
        using var client = new HttpClient { BaseAddress = gate.ServiceAddress };

        Assert.Equal("Healthy", await client.GetStringAsync("health"));
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("who")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("operator")).StatusCode);
    }

    [Fact]
    public async Task CloseSession_CutsConnectionsAndRemovesTheSocket()
    {
        var session = await gate.OpenSessionAsync(SampleGate.Policy);
        using var response = await session.Http.GetAsync("wait", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        var buffer = new byte[64];
        Assert.Equal("waiting"u8.Length, await body.ReadAsync(buffer));

        await gate.CloseSessionAsync("s-test", "killed");

        await Assert.ThrowsAnyAsync<IOException>(async () => await body.ReadExactlyAsync(buffer));
        await Assert.ThrowsAsync<SocketException>(session.ConnectAsync);
        Assert.False(File.Exists(session.SocketPath));
        Assert.Equal(["s-test killed"], gate.Services.GetRequiredService<SampleGate>().Closed);
    }

    [Fact]
    public async Task Session_RefusedByTheGate_LeavesNothingOpen()
    {
        gate.Services.GetRequiredService<SampleGate>().Refusal = new SessionRefusedException("the workspace is gone");

        var error = await Assert.ThrowsAsync<RpcException>(() => gate.OpenSessionAsync(SampleGate.Policy));

        Assert.Equal((StatusCode.FailedPrecondition, "the workspace is gone"), (error.StatusCode, error.Status.Detail));
        Assert.Empty(gate.Services.GetRequiredService<SessionRegistry>().All);
    }

    [Theory]
    [InlineData("profiles: [", "default", StatusCode.InvalidArgument)]
    [InlineData(SampleGate.Policy, "nobody", StatusCode.InvalidArgument)]
    [InlineData(SampleGate.Policy, "default", StatusCode.InvalidArgument, "../escape")]
    public async Task OpenSession_WithBadInput_IsRefused(string policy, string profile, StatusCode expected, string id = "s-test")
    {
        var error = await Assert.ThrowsAsync<RpcException>(() => gate.OpenSessionAsync(policy, profile, id: id));

        Assert.Equal(expected, error.StatusCode);
    }

    [Fact]
    public async Task OpenSession_Twice_IsRefusedAndTheFirstStays()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);

        var error = await Assert.ThrowsAsync<RpcException>(() => gate.OpenSessionAsync(SampleGate.Policy));

        Assert.Equal(StatusCode.AlreadyExists, error.StatusCode);
        Assert.Equal("s-test", await session.Http.GetStringAsync("who"));
    }

    [Fact]
    public async Task Sockets_ArePrivateToTheirUser()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);
        const UnixFileMode others = (UnixFileMode)0b000_111_111;

        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(session.SocketPath) & others);
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(Contracts.RunLayout.ControlSocket(gate.RunDirectory, SampleGate.Name)) & others);
    }

    [Fact]
    public async Task ControlSocket_ToAnotherUser_IsClosedEvenWhenTheModeLetsItIn()
    {
        Assert.SkipUnless(UnixSockets.OwnUserId == 0, "needs root to become another user");
        var socket = Contracts.RunLayout.ControlSocket(gate.RunDirectory, SampleGate.Name);
        await RunAsync("chmod", "-R", "a+rwX", Path.GetDirectoryName(gate.RunDirectory)!);
        string[] request = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--http2-prior-knowledge", "--unix-socket", socket, "http://c/health"];

        Assert.Equal("200", await RunAsync(request[0], request[1..]));
        Assert.Equal("000", await RunAsync("setpriv", ["--reuid=12345", "--regid=12345", "--clear-groups", "--", .. request]));
    }

    public async ValueTask InitializeAsync() => gate = await SampleGate.StartAsync();

    public ValueTask DisposeAsync() => gate.DisposeAsync();

    private static async Task<string> RunAsync(string program, params string[] args)
    {
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(program, args) { RedirectStandardOutput = true })!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }
}

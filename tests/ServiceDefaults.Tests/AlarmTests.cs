using System.Net;
using System.Net.Sockets;
using Grpc.Core;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.ServiceDefaults.Sessions;
using SecureAgent.Testing;

namespace SecureAgent.ServiceDefaults.Tests;

/// <summary>A tripped alarm closes the session's door here at once, is on record, and reaches whoever watches.</summary>
public sealed class AlarmTests : IAsyncLifetime
{
    private TestComponent gate = null!;

    private GateControl.GateControlClient Control => new(gate.Control);

    [Fact]
    public async Task Trip_CutsTheSessionAndNoOther_UntilItIsThawed()
    {
        await using var guilty = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-guilty");
        await using var other = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-other");
        using var waiting = await guilty.Http.GetAsync("wait", HttpCompletionOption.ResponseHeadersRead);

        await TripAsync("s-guilty");

        await Assert.ThrowsAnyAsync<Exception>(() => waiting.Content.ReadAsStringAsync());
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => guilty.Http.GetStringAsync("who"));
        Assert.Equal("s-other", await other.Http.GetStringAsync("who"));
        await Control.ThawSessionAsync(new ThawSessionRequest { SessionId = "s-guilty" });
        Assert.Equal("s-guilty", await guilty.Http.GetStringAsync("who"));
    }

    [Fact]
    public async Task Trip_IsRecordedWithPlaneSubjectAndReason()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);

        await TripAsync("s-test");

        var record = Assert.Single(gate.Records(), record => record.Kind == AuditKinds.Alarm);
        Assert.Equal(("s-test", "files", "id_ed25519", "honeypot_touched", "0af7651916cd43dd8448eb211c80319c"),
            (record.Session, record.Plane, record.Subject, record.Reason, record.Trace));
        Assert.True(record is { IsDecision: true, IsAllowed: false });
    }

    [Fact]
    public async Task Watch_GetsEachAlarm_AndBeginsWithThoseInForce()
    {
        await using var before = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-before");
        await using var after = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-after");
        await TripAsync("s-before");
        using var watch = Control.Watch(new WatchRequest(), cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.Equal("s-before", watch.ResponseStream.Current.Alarm.SessionId);
        await TripAsync("s-after");
        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.Equal(("s-after", "honeypot_touched"), (watch.ResponseStream.Current.Alarm.SessionId, watch.ResponseStream.Current.Alarm.Reason));
    }

    [Fact]
    public async Task Watch_AfterAThaw_BeginsWithNothing()
    {
        await using var first = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-first");
        await using var second = await gate.OpenSessionAsync(SampleGate.Policy, id: "s-second");
        await TripAsync("s-first");
        await Control.ThawSessionAsync(new ThawSessionRequest { SessionId = "s-first" });
        using var watch = Control.Watch(new WatchRequest(), cancellationToken: TestContext.Current.CancellationToken);
        await watch.ResponseHeadersAsync;

        await TripAsync("s-second");

        Assert.True(await watch.ResponseStream.MoveNext());
        Assert.Equal("s-second", watch.ResponseStream.Current.Alarm.SessionId);
    }

    [Fact]
    public async Task Trip_WithoutALog_StillFreezes()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);
        gate.Services.GetRequiredService<AuditLog>().Dispose();

        await Assert.ThrowsAsync<AuditUnavailableException>(() => TripAsync("s-test"));

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => session.Http.GetStringAsync("who"));
    }

    [Fact]
    public async Task Freeze_OfAnUnknownSession_IsNotFound()
    {
        var failure = await Assert.ThrowsAsync<RpcException>(async () => await Control.FreezeSessionAsync(new FreezeSessionRequest { SessionId = "s-none" }));

        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    }

    [Fact]
    public async Task Freeze_CutsRawBytesToo_AndSaysHowMany()
    {
        await using var session = await gate.OpenSessionAsync(SampleGate.Policy);
        using var waiting = await session.Http.GetAsync("wait", HttpCompletionOption.ResponseHeadersRead);

        var answer = await Control.FreezeSessionAsync(new FreezeSessionRequest { SessionId = "s-test" });

        Assert.Equal(1, answer.ConnectionsCut);
        using var socket = await session.ConnectAsync();
        var read = await Record.ExceptionAsync(async () => Assert.Equal(0, await socket.ReceiveAsync(new byte[1])));
        Assert.True(read is null or SocketException, read?.ToString());
    }

    public async ValueTask InitializeAsync() => gate = await SampleGate.StartAsync();

    public ValueTask DisposeAsync() => gate.DisposeAsync();

    private Task TripAsync(string id)
    {
        Assert.True(gate.Services.GetRequiredService<SessionRegistry>().TryGet(id, out var session));
        return gate.Services.GetRequiredService<SessionAlarms>().TripAsync(session, AuditPlanes.Files, "id_ed25519", ReasonCode.HoneypotTouched);
    }
}

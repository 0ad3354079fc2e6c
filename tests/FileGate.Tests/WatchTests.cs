using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Tests;

/// <summary>A watch tells what a list would show, and nothing else.</summary>
public sealed class WatchTests
{
    [Fact]
    public async Task Watch_OfATree_TellsWhatIsCreatedChangedAndRemoved()
    {
        await using var gate = await OpenAsync();
        using var call = gate.Grpc.Watch(new WatchRequest());
        var first = await NextAsync(call);

        Put(gate, "dir/new.txt", "new");
        var created = await NextAsync(call);
        Put(gate, "a.txt", "longer than before");
        var changed = await NextAsync(call);
        File.Delete(Path.Combine(gate.Workspace, "dir/new.txt"));
        var removed = await NextAsync(call);

        Assert.Equal((0, 3, false), (first.Events.Count, first.Watched, first.Truncated));
        Assert.Equal((WatchEventKind.Created, "dir/new.txt"), Only(created));
        Assert.Equal((WatchEventKind.Changed, "a.txt"), Only(changed));
        Assert.Equal((WatchEventKind.Removed, "dir/new.txt"), Only(removed));
    }

    [Fact]
    public async Task Change_OfWhatMayNotBeSeen_IsNotTold()
    {
        await using var gate = await OpenAsync();
        using var call = gate.Grpc.Watch(new WatchRequest());
        await NextAsync(call);

        gate.Write("private/key", "1");
        gate.Write(".hidden", "1");
        File.CreateSymbolicLink(Path.Combine(gate.Workspace, "link"), "a.txt");
        Assert.Equal(0, Native.MakeFifo(Path.Combine(gate.Workspace, "fifo"), 0x1B6));

        // The control arm: what may be seen is told, by the same look or a later one.
        Put(gate, "seen.txt", "1");
        Assert.Equal((WatchEventKind.Created, "seen.txt"), Only(await NextAsync(call)));
    }

    [Fact]
    public async Task Watch_EveryLookThatTells_IsRecordedFirst()
    {
        await using var gate = await OpenAsync();
        using var call = gate.Grpc.Watch(new WatchRequest { Path = "dir" });
        await NextAsync(call);

        Put(gate, "dir/new.txt", "new");
        await NextAsync(call);

        Assert.Equal([0L, 1L], Watches(gate).Select(record => record.Number("entries")));
        Assert.All(Watches(gate), record => Assert.Equal(("dir", true), (record.Subject, record.IsAllowed)));
    }

    [Theory]
    [InlineData("../x", "path_escapes")]
    [InlineData("none", "not_found")]
    [InlineData("private", "denied_by_rule")]
    public async Task Watch_OfWhatMayNotBeListed_IsRefused(string path, string reason)
    {
        await using var gate = await OpenAsync();
        using var call = gate.Grpc.Watch(new WatchRequest { Path = path });

        Assert.Equal(reason, await RefusalAsync(call));
        Assert.Equal(reason, Assert.Single(Watches(gate)).Reason);
    }

    [Fact]
    public async Task Watch_BeyondTheFourth_IsRefusedUntilOneEnds()
    {
        await using var gate = await OpenAsync();
        var held = new List<AsyncServerStreamingCall<WatchResponse>>();
        for (var at = 0; at < 4; at++)
        {
            held.Add(gate.Grpc.Watch(new WatchRequest()));
            await NextAsync(held[^1]);
        }

        using var fifth = gate.Grpc.Watch(new WatchRequest());
        Assert.Equal("budget_exceeded", await RefusalAsync(fifth));

        held.ForEach(call => call.Dispose());
        await FreedAsync(gate);
    }

    [Fact]
    public async Task Watch_OfMoreThanItHolds_SaysSo()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy(), Many, ("FileGate:MaxWatchedEntries", "100"), ("FileGate:WatchInterval", "00:00:00.050"));
        using var call = gate.Grpc.Watch(new WatchRequest { Path = "many" });

        var first = await NextAsync(call);

        Assert.Equal((100, true), (first.Watched, first.Truncated));

        static void Many(GateScenario scenario)
        {
            for (var at = 0; at < 99; at++)
            {
                scenario.Write($"many/{at / 50}/{at}", "");
            }
        }
    }

    [Fact]
    public async Task Session_Closed_EndsItsWatches()
    {
        await using var gate = await OpenAsync();
        using var call = gate.Grpc.Watch(new WatchRequest());
        await NextAsync(call);

        await gate.Component.CloseSessionAsync(gate.Session.Id);

        await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext());
    }

    /// <summary>The server learns of a cancelled call a moment after the client has let go of it.</summary>
    private static async Task FreedAsync(GateScenario gate)
    {
        while (true)
        {
            using var call = gate.Grpc.Watch(new WatchRequest());
            try
            {
                await NextAsync(call);
                return;
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
            {
                await Task.Yield();
            }
        }
    }

    /// <summary>In one step, so that no look sees the file half written.</summary>
    private static void Put(GateScenario gate, string path, string text) =>
        File.Move(gate.Write("../put", text), Path.Combine(gate.Workspace, path), overwrite: true);

    private static async Task<WatchResponse> NextAsync(AsyncServerStreamingCall<WatchResponse> call)
    {
        Assert.True(await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken));
        return call.ResponseStream.Current;
    }

    private static (WatchEventKind Kind, string Path) Only(WatchResponse response)
    {
        var one = Assert.Single(response.Events, change => change.Entry.Kind == EntryKind.File);
        return (one.Kind, one.Entry.Path);
    }

    private static async Task<string> RefusalAsync(AsyncServerStreamingCall<WatchResponse> call) =>
        GateAnswers.ReasonOf(await Assert.ThrowsAsync<RpcException>(() => call.ResponseStream.MoveNext()));

    private static IEnumerable<AuditRecord> Watches(GateScenario gate) => gate.Records().Where(record => record.Facts.GetValueOrDefault("op") == "watch");

    private static Task<GateScenario> OpenAsync() => GateScenario.OpenAsync(
        GateScenario.Policy("allow: ['**'], deny: ['private']"),
        scenario =>
        {
            scenario.Write("a.txt", "a");
            scenario.Write("dir/b.txt", "b");
            scenario.Write("private/other", "0");
        },
        ("FileGate:WatchInterval", "00:00:00.050"));
}

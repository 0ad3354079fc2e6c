using Grpc.Core;
using SecureAgent.Contracts;
using SecureAgent.Contracts.Changes.V1;
using SecureAgent.FileGate.Copies;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Tests;

/// <summary>Private copies on the gate's side: what is copied, what comes back, and what a session can do to it meanwhile.</summary>
public sealed class CopyTests
{
    [Fact]
    public async Task Copy_HoldsWhatMayBeReadAndEveryReadIsOnRecord()
    {
        await using var gate = await OpenAsync("allow: ['**'], deny: ['private'], maxFile: 1KiB", scenario =>
        {
            scenario.Write("a.txt", "alpha");
            scenario.Write("sub/b.txt", "beta");
            scenario.Write("private/k", "k");
            scenario.Write(".hidden", "h");
            scenario.Write("large", new byte[2000]);
            File.CreateSymbolicLink(Path.Combine(scenario.Workspace, "link"), "/etc/passwd");
        });

        Assert.Equal(["a.txt", "sub/b.txt"], Copied(gate));
        Assert.Equal(["a.txt", "sub/b.txt"], gate.Records().Where(record => record.IsAllowed && record.Facts["op"] == "read").Select(record => record.Subject));
    }

    [Fact]
    public async Task Decoys_AreNotCopied()
    {
        await using var gate = await OpenAsync("allow: ['**'], hidden: true", scenario => scenario.Write("a.txt", "alpha"), "    honeypots: [files]\n");

        Assert.Equal(["a.txt"], Copied(gate));
    }

    [Fact]
    public async Task Changes_ThatThePolicyDoesNotLetPropose_DoNotComeBack()
    {
        await using var gate = await OpenAsync("allow: ['src/**'], access: propose", scenario =>
        {
            scenario.Write("src/a.txt", "alpha");
            scenario.Write("b.txt", "beta");
        });
        await File.WriteAllTextAsync(At(gate, "src/a.txt"), "other");
        await File.WriteAllTextAsync(At(gate, "outside.txt"), "new");
        await File.WriteAllTextAsync(At(gate, "src/.env"), "hidden");
        Native.Link(At(gate, "src/a.txt"), At(gate, "src/hard"));

        var outcome = await CollectAsync(gate);

        Assert.Equal((0, 4), (outcome.Changes, outcome.Refused));
        Assert.Equal(
            ["no_rule outside.txt", "path_hidden src/.env", "hard_linked src/a.txt", "hard_linked src/hard"],
            gate.Records().Where(record => record is { IsDecision: true, IsAllowed: false }).OrderBy(record => record.Subject, StringComparer.Ordinal).Select(record => $"{record.Reason} {record.Subject}"));
    }

    [Fact]
    public async Task Links_OfTheCopy_AreNotFollowed()
    {
        await using var gate = await OpenAsync("allow: ['**'], access: propose", scenario => scenario.Write("sub/a.txt", "alpha"));
        Directory.CreateDirectory(Path.Combine(gate.Outside, "out"));
        await File.WriteAllTextAsync(Path.Combine(gate.Outside, "out", "a.txt"), "secret of the host");
        Directory.Delete(At(gate, "sub"), recursive: true);
        Directory.CreateSymbolicLink(At(gate, "sub"), Path.Combine(gate.Outside, "out"));

        var outcome = await CollectAsync(gate);
        using var call = new ChangeAdmin.ChangeAdminClient(gate.Component.Control).Show(new ShowChangeSetRequest { Id = "s-test" });
        var shown = new List<string>();
        await foreach (var change in call.ResponseStream.ReadAllAsync())
        {
            shown.Add($"{change.Verb} {change.Path} {change.Diff}");
        }

        Assert.Equal((1, 1), (outcome.Changes, outcome.Refused));
        Assert.DoesNotContain(shown, text => text.Contains("secret of the host", StringComparison.Ordinal));
        Assert.Equal(["delete sub/a.txt"], shown.Select(text => text[..16]));
    }

    /// <summary>Every difference comes back as a change or is refused on record, those of directories too.</summary>
    [Theory]
    [InlineData("removed", 1)]
    [InlineData("file", 1)]
    [InlineData("empty", 0)]
    public async Task Directory_ThatIsNoLongerOne_IsRefusedOnRecord(string what, int refused)
    {
        await using var gate = await OpenAsync("allow: ['**'], access: propose", scenario => scenario.Write("sub/a.txt", "alpha"));
        Directory.Delete(At(gate, "sub"), recursive: true);
        switch (what)
        {
            case "file": await File.WriteAllTextAsync(At(gate, "sub"), "now a file"); break;
            case "empty": Directory.CreateDirectory(At(gate, "sub")); break;
            default: break;
        }

        var outcome = await CollectAsync(gate);

        Assert.Equal((1, refused), (outcome.Changes, outcome.Refused));
        Assert.Equal(refused, gate.Records().Count(record => record is { Subject: "sub", Reason: "not_regular_file" }));
    }

    [Fact]
    public async Task Directory_ThatCannotBeRead_DeletesNothing()
    {
        await using var gate = await OpenAsync("allow: ['**'], access: propose", scenario =>
        {
            scenario.Write("sub/a.txt", "alpha");
            scenario.Write("other/b.txt", "beta");
        });
        File.Delete(At(gate, "other/b.txt"));
        Assert.SkipUnless(Native.Mount("tmpfs", At(gate, "sub"), "tmpfs", 0, "size=64k") == 0, "mounting a small file system needs root");
        try
        {
            var outcome = await CollectAsync(gate);

            Assert.Equal((1, 1), (outcome.Changes, outcome.Refused));
            Assert.Contains(gate.Records(), record => record is { Subject: "sub", Reason: "gate_unavailable" });
        }
        finally
        {
            Assert.Equal(0, Native.Unmount(At(gate, "sub"), 0));
        }
    }

    /// <summary>Below a path longer than the kernel takes anything may lie, so it counts as too much. The control is as deep as can be looked at.</summary>
    [Theory]
    [InlineData(10, false)]
    [InlineData(20, true)]
    public async Task Copy_TooDeepToBeMeasured_FreezesTheSession(int depth, bool isFrozen)
    {
        await using var gate = await OpenAsync("allow: ['**'], budget: 5KB", scenario => scenario.Write("a.txt", "alpha"));
        var deep = string.Join('/', Enumerable.Repeat(new string('d', 250), depth / 2));
        var (top, bottom) = (At(gate, "top"), At(gate, $"{deep}/top"));
        Directory.CreateDirectory(Path.Combine(top, deep));
        Directory.CreateDirectory(At(gate, deep));
        Directory.Move(top, bottom);
        try
        {
            await FreezesAsync(gate, isFrozen);
        }
        finally
        {
            // Nothing could be removed at such a path.
            Directory.Move(bottom, top);
        }
    }

    [Fact]
    public async Task Copy_OfMoreDirectoriesThanFiles_IsWithinItsBudget()
    {
        await using var gate = await OpenAsync("allow: ['**'], maxFiles: 2", scenario =>
        {
            scenario.Write("a.txt", "alpha");
            scenario.Write("a/b/c/d/e.txt", "alpha");
        });

        await FreezesAsync(gate, isFrozen: false);
        await File.WriteAllTextAsync(At(gate, "one more"), "1");
        await FreezesAsync(gate, isFrozen: true);
    }

    [Fact]
    public async Task Room_IsForEditsFirst()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], access: propose, deliver: copy"), scenario => scenario.Write("z.txt", "zeta"), ("FileGate:MaxProposals", "3"));
        await File.WriteAllTextAsync(At(gate, "z.txt"), "other");
        foreach (var name in new[] { "1", "2", "3" })
        {
            await File.WriteAllTextAsync(At(gate, name), name);
        }

        Assert.Equal((3, 1), await CollectAsync(gate) is var outcome ? (outcome.Changes, outcome.Refused) : default);
        Assert.Single(gate.Records(), record => record is { Subject: "z.txt", IsAllowed: true } && record.Facts["op"] == "propose");
    }

    [Theory]
    [InlineData(900, false)]
    [InlineData(9000, true)]
    public async Task Copy_ThatOutgrowsItsBudget_FreezesTheSession(int bytes, bool isFrozen)
    {
        await using var gate = await OpenAsync("allow: ['**'], budget: 5KB", scenario => scenario.Write("a.txt", "alpha"));
        await File.WriteAllBytesAsync(At(gate, "big"), new byte[bytes]);

        await FreezesAsync(gate, isFrozen);
    }

    [Fact]
    public async Task Collect_OfASessionWithoutACopy_IsRefused()
    {
        await using var gate = await OpenAsync("allow: ['**']", scenario => scenario.Write("a.txt", "alpha"));

        await CollectAsync(gate);

        Assert.Equal(StatusCode.NotFound, (await Assert.ThrowsAsync<RpcException>(() => CollectAsync(gate))).StatusCode);
    }

    private static Task<GateScenario> OpenAsync(string grant, Action<GateScenario> fill, string profile = "") =>
        GateScenario.OpenAsync(GateScenario.Policy($"{grant}, deliver: copy", profile), fill);

    private static string At(GateScenario gate, string path) => Path.Combine(RunLayout.SessionDirectory(gate.Component.RunDirectory, "s-test"), "workspace", path);

    private static IEnumerable<string> Copied(GateScenario gate) => Directory.EnumerateFiles(At(gate, ""), "*", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(At(gate, ""), path)).Order(StringComparer.Ordinal);

    private static async Task<CollectResponse> CollectAsync(GateScenario gate)
    {
        await gate.Component.CloseSessionAsync("s-test");
        return await new WorkspaceCopies.WorkspaceCopiesClient(gate.Component.Control).CollectAsync(new CollectRequest { SessionId = "s-test" });
    }

    private static async Task FreezesAsync(GateScenario gate, bool isFrozen)
    {
        if (isFrozen)
        {
            await WaitAsync(() => gate.Records().Any(record => record.Kind == AuditKinds.Alarm));
            await Assert.ThrowsAnyAsync<Exception>(() => gate.Http.GetAsync("/v1/files/a.txt"));
        }
        else
        {
            using var limit = new CancellationTokenSource(CopyWatch.Interval * 2);
            await Assert.ThrowsAsync<OperationCanceledException>(() => WaitAsync(() => gate.Records().Any(record => record.Kind == AuditKinds.Alarm), limit.Token));
            Assert.Equal("alpha", await gate.Http.GetStringAsync("/v1/files/a.txt"));
        }
    }

    private static async Task WaitAsync(Func<bool> isSo, CancellationToken cancellationToken = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        while (!isSo())
        {
            limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}

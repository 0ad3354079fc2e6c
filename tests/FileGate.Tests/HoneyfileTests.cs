using System.IO.Compression;
using System.Text.Json;
using Grpc.Core;
using ModelContextProtocol.Client;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.Contracts.Gate.V1;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Native;
using SecureAgent.ServiceDefaults.Audit;
using SecureAgent.Testing;

namespace SecureAgent.FileGate.Tests;

/// <summary>Decoys are seen by whoever looks, and reading one ends what the session can do. The control arm is the same question without decoys.</summary>
public sealed class HoneyfileTests
{
    private const string Decoy = ".aws/credentials";
    private const string With = "    honeypots: [files]\n";

    [Fact]
    public async Task Decoys_AreShownInListsStatsAndNameSearches()
    {
        await using var gate = await OpenAsync(With);

        Assert.Equal([".aws", ".ssh", ".wallet", "a.txt"], await NamesAsync(gate, ""));
        Assert.Equal([".aws/credentials"], await NamesAsync(gate, ".aws"));
        Assert.Equal([".wallet", "a.txt"], await NamesAsync(gate, "", pageSize: 2, after: ".ssh"));
        var entry = await gate.Grpc.StatAsync(new StatRequest { Path = ".ssh/id_ed25519" });
        Assert.Equal((EntryKind.File, true, true), (entry.Kind, entry.Size > 300, entry.Etag.Length > 0));
        Assert.Contains("wallet.json", await gate.Http.GetStringAsync("/v1/search?glob=**/*.json"), StringComparison.Ordinal);
        Assert.DoesNotContain(gate.Component.Records(), record => record.Kind == AuditKinds.Alarm);
    }

    [Fact]
    public async Task Decoys_NotAskedFor_AreNotThere()
    {
        await using var gate = await OpenAsync("");

        Assert.Equal(["a.txt"], await NamesAsync(gate, ""));
        Assert.Equal("path_hidden", await gate.GrpcVerdictAsync(Decoy));
        Assert.Equal("a", await gate.Http.GetStringAsync("/v1/files/a.txt"));
        Assert.DoesNotContain(gate.Component.Records(), record => record.Kind == AuditKinds.Alarm);
    }

    [Theory]
    [InlineData("http")]
    [InlineData("head")]
    [InlineData("grpc")]
    [InlineData("mcp")]
    [InlineData("search")]
    public async Task Decoy_Read_FreezesTheSessionAndGivesNothing(string surface)
    {
        await using var gate = await OpenAsync(With);

        Assert.DoesNotContain("aws_access_key_id", await TouchAsync(gate, surface), StringComparison.Ordinal);

        var alarm = await AlarmAsync(gate);
        Assert.Equal((Decoy, "honeypot_touched", "files", false), (alarm.Subject, alarm.Reason, alarm.Plane, alarm.IsAllowed));
        await Assert.ThrowsAnyAsync<HttpRequestException>(() => gate.Http.GetAsync("/v1/files/a.txt"));
    }

    [Fact]
    public async Task Decoys_OutsideASearch_AreNotTouchedByIt()
    {
        await using var gate = await OpenAsync(With);

        var answer = await gate.Http.GetStringAsync("/v1/search?regex=TODO");
        using var archive = new ZipArchive(new MemoryStream(await gate.Http.GetByteArrayAsync("/v1/archive?format=zip")));

        Assert.Equal(0, JsonDocument.Parse(answer).RootElement.GetProperty("matches").GetArrayLength());
        Assert.Equal("a.txt", Assert.Single(archive.Entries).FullName);
        Assert.Equal("ok", await gate.GrpcVerdictAsync("a.txt"));
    }

    [Fact]
    public async Task Decoy_WhereAFileIs_IsNotLaid()
    {
        await using var gate = await GateScenario.OpenAsync(
            GateScenario.Policy("allow: ['**'], hidden: true", With), scenario => scenario.Write(Decoy, "mine"));

        Assert.Equal("mine", await gate.Http.GetStringAsync("/v1/files/" + Decoy));
        Assert.DoesNotContain(gate.Component.Records(), record => record.Kind == AuditKinds.Alarm);
    }

    [Fact]
    public async Task Session_WhereNoneCanBeLaid_IsRefused()
    {
        await using var gate = await GateScenario.StartAsync();
        foreach (var path in DecoyTexts.All.Keys)
        {
            gate.Write(path, "mine");
        }

        var refused = await Assert.ThrowsAsync<RpcException>(() => gate.OpenAsync(GateScenario.Policy(profile: With)));

        Assert.Contains("honeypots", refused.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Decoys_OfTwoSessions_HoldDifferentThings()
    {
        var folder = Directory.CreateTempSubdirectory("sa-honey-");
        Assert.Equal(0, Libc.Open(null, folder.FullName, OpenFlags.ForRoot, 0, out var root));
        using (root)
        {
            Assert.Equal(0, Libc.Describe(root, out var facts));
            var (one, other) = (Honeyfiles.Lay(root, facts), Honeyfiles.Lay(root, facts));

            Assert.True(one.TryDescribe(Decoy, out var first) && other.TryDescribe(Decoy, out var second) && first.Inode != second.Inode);
        }

        Assert.All(DecoyTexts.All.Values, text => Assert.NotEqual(text(), text()));
        folder.Delete();
    }

    /// <summary>The connection is cut before the record is written. Whoever watches by then is told at once, and once more when it is on disk.</summary>
    private static async Task<AuditRecord> AlarmAsync(GateScenario gate)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(30));
        using var watch = new GateControl.GateControlClient(gate.Component.Control).Watch(new Contracts.Gate.V1.WatchRequest());
        while (true)
        {
            Assert.True(await watch.ResponseStream.MoveNext(limit.Token));
            if (gate.Component.Records().SingleOrDefault(record => record.Kind == AuditKinds.Alarm) is { } alarm)
            {
                return alarm;
            }
        }
    }

    /// <summary>What came back, or nothing where the connection was cut first.</summary>
    private static async Task<string> TouchAsync(GateScenario gate, string surface)
    {
        try
        {
            return surface switch
            {
                "http" => await gate.Http.GetStringAsync("/v1/files/" + Decoy),
                "head" => (await gate.Http.SendAsync(GateAnswers.Raw("/v1/files/" + Decoy, HttpMethod.Head))).ToString(),
                "grpc" => await gate.GrpcVerdictAsync(Decoy),
                "search" => await gate.Http.GetStringAsync("/v1/search?regex=access_key"),
                _ => await OverMcpAsync(gate),
            };
        }
        catch (Exception cut) when (cut is HttpRequestException or RpcException or IOException or InvalidOperationException or OperationCanceledException)
        {
            return "";
        }
    }

    private static async Task<string> OverMcpAsync(GateScenario gate)
    {
        var http = new HttpClient(UnixSockets.Handler(gate.Session.SocketPath));
        var client = await McpClient.CreateAsync(new HttpClientTransport(
            new HttpClientTransportOptions { Endpoint = new Uri("http://session/mcp"), TransportMode = HttpTransportMode.StreamableHttp }, http, ownsHttpClient: true));
        var answer = await client.CallToolAsync("read_text_file", new Dictionary<string, object?> { ["path"] = "/workspace/" + Decoy });
        return JsonSerializer.Serialize(answer.Content.Count);
    }

    private static async Task<IEnumerable<string>> NamesAsync(GateScenario gate, string path, int pageSize = 0, string? after = null)
    {
        var token = after is null ? "" : Listing.PageToken.From(after);
        return (await gate.Grpc.ListAsync(new ListRequest { Path = path, PageSize = pageSize, PageToken = token })).Entries.Select(entry => entry.Path);
    }

    private static Task<GateScenario> OpenAsync(string honeypots) =>
        GateScenario.OpenAsync(GateScenario.Policy(profile: honeypots), scenario => scenario.Write("a.txt", "a"));
}

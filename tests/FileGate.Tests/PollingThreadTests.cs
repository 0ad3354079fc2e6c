using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using SecureAgent.FileGate.Mcp;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Tests;

/// <summary>Reads that begin on a thread that must not wait, as requests on session sockets do.</summary>
public sealed class PollingThreadTests
{
    /// <summary>What others rename meanwhile can make the kernel say "not at once" though it could.</summary>
    private const int MaxAttempts = 1000;

    private const string Key = "API_KEY=q7Gd93kfLw02mZx8Tb4RvN61";

    [Theory]
    [InlineData("small.txt")]
    [InlineData("empty.txt")]
    [InlineData("large.txt")]
    public async Task Read_OnThePollingThread_IsTheSame(string path)
    {
        await using var gate = await OpenAsync();
        var expected = await gate.Http.GetByteArrayAsync("v1/files/" + path);

        var read = await ReadAsync(gate, path);

        Assert.Equal(expected, read.Content);
        Assert.Equal(2, gate.Records().Count(record => record.Subject == path && record.IsAllowed));
    }

    [Fact]
    public async Task Read_ThatIsNotShort_LeavesThePollingThread()
    {
        await using var gate = await OpenAsync();
        var stayed = false;
        for (var attempt = 0; attempt < MaxAttempts && !stayed && CanBeAtOnce(gate, "small.txt"); attempt++)
        {
            stayed = (await ReadAsync(gate, "small.txt")).Stayed;
        }

        Assert.Equal(CanBeAtOnce(gate, "small.txt"), stayed);
        Assert.False((await ReadAsync(gate, "large.txt")).Stayed);
    }

    [Theory]
    [InlineData("denied.txt", "denied_by_rule")]
    [InlineData("missing.txt", "not_found")]
    [InlineData("link.txt", "path_escapes")]
    [InlineData("a/../small.txt", "path_escapes")]
    public async Task Refusal_OnThePollingThread_IsTheSame(string path, string reason)
    {
        await using var gate = await OpenAsync();

        var read = await ReadAsync(gate, path);

        Assert.Equal(reason, read.Reason);
        Assert.Single(gate.Records(), record => record.Subject == path && record.Reason == reason);
    }

    [Fact]
    public async Task Content_KnownToBeClean_IsScannedAgainWhenItChanged()
    {
        await using var gate = await OpenAsync();
        for (var round = 0; round < 3; round++)
        {
            var marker = $"round {round}\n";
            gate.Write("small.txt", marker);
            Assert.Equal(marker, Encoding.UTF8.GetString((await ReadAsync(gate, "small.txt")).Content!));
            gate.Write("small.txt", marker + Key);
            Assert.DoesNotContain("q7Gd", await gate.Http.GetStringAsync("v1/files/small.txt"), StringComparison.Ordinal);
            Assert.DoesNotContain("q7Gd", Encoding.UTF8.GetString((await ReadAsync(gate, "small.txt")).Content!), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ManyRequests_OnOneConnection_AreAllAnswered()
    {
        await using var gate = await OpenAsync();
        for (var round = 0; round < 40; round++)
        {
            Assert.Equal("small", await gate.Http.GetStringAsync("v1/files/small.txt"));
        }
    }

    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public async Task Request_ThatIsNoneOfMcp_StaysWhereItIs(bool isMcp, bool stays)
    {
        await using var gate = await OpenAsync();
        var app = new ApplicationBuilder(gate.Component.Services);
        app.UsePlainReads();
        var stayed = false;
        app.Run(_ =>
        {
            stayed = PollingThread.IsCurrent;
            return Task.CompletedTask;
        });
        var pipeline = app.Build();
        var endpoint = new Conventions();
        _ = isMcp ? endpoint.WithPlainReads() : endpoint;
        var context = new DefaultHttpContext();
        context.SetEndpoint(endpoint.Build());

        Task? request = null;
        var own = new Thread(() => request = pipeline(context));
        own.Start();
        own.Join();
        await request!;

        Assert.Equal(stays, stayed);
    }

    /// <summary>Takes conventions for one endpoint.</summary>
    private sealed class Conventions : IEndpointConventionBuilder
    {
        private readonly RouteEndpointBuilder builder = new(_ => Task.CompletedTask, RoutePatternFactory.Parse("/"), 0);

        public void Add(Action<EndpointBuilder> convention) => convention(builder);

        public Endpoint Build() => builder.Build();
    }

    private static Task<GateScenario> OpenAsync() => GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], deny: ['denied.txt']"), gate =>
    {
        gate.Write("small.txt", "small");
        gate.Write("empty.txt", "");
        gate.Write("large.txt", new string('l', 300_000));
        gate.Write("denied.txt", "denied");
        File.CreateSymbolicLink(Path.Combine(gate.Workspace, "link.txt"), "small.txt");
    });

    /// <summary>Not every file system can say what is in memory.</summary>
    private static bool CanBeAtOnce(GateScenario gate, string path)
    {
        Assert.Equal(0, Libc.Open(null, Path.Combine(gate.Workspace, path), OpenFlags.ForRead, 0, out var file));
        using (file)
        {
            return Libc.ReadCached(file, new byte[1], 0) == 1;
        }
    }

    private static async Task<(byte[]? Content, bool Stayed, string? Reason)> ReadAsync(GateScenario gate, string path)
    {
        Assert.True(gate.Component.Services.GetRequiredService<SessionRegistry>().TryGet("s-test", out var session));
        var reader = gate.Component.Services.GetRequiredService<FileReader>();
        Task<(byte[]?, bool, string?)>? reading = null;
        var own = new Thread(() => reading = ReadAsync(reader, session.Files(), path));
        own.Start();
        own.Join();
        return await reading!;
    }

    private static async Task<(byte[]? Content, bool Stayed, string? Reason)> ReadAsync(FileReader reader, FileSession session, string path)
    {
        var answer = await reader.PrepareAsync(session, path, default, CancellationToken.None);
        if (answer.Value is null)
        {
            return (null, false, answer.Refusal!.Reason);
        }

        using var read = answer.Value;
        var stayed = false;
        using var bytes = new MemoryStream();
        Assert.True(await read.DeliverAsync(
            (chunk, token) =>
            {
                stayed |= PollingThread.IsCurrent;
                return bytes.WriteAsync(chunk, token);
            },
            CancellationToken.None));
        return (bytes.ToArray(), stayed, null);
    }
}

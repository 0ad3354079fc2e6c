using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SecureAgent.FileGate.Native;

namespace SecureAgent.FileGate.Tests;

/// <summary>An agent that calls wrongly again and again is answered each time and writes nothing into the log.</summary>
public sealed class LogFloodTests
{
    private const int Times = 20;

    [Theory]
    [InlineData("""{"name":"format_disk","arguments":{}}""", "no tool")]
    [InlineData("""{"name":"read_text_file","arguments":{}}""", "'path' is missing")]
    [InlineData("""{"name":"read_text_file"}""", "'path' is missing")]
    [InlineData("""{"name":"read_text_file","arguments":{"path":7}}""", "'path' is not")]
    [InlineData("""{"name":"read_text_file","arguments":{"path":null}}""", "'path' is not")]
    [InlineData("""{"name":"read_text_file","arguments":{"path":"a.txt","head":"1"}}""", "'head' is not")]
    [InlineData("""{"name":"read_text_file","arguments":{"path":"a.txt","head":1e30}}""", "'head' is not")]
    [InlineData("""{"name":"read_multiple_files","arguments":{"paths":["a.txt",7]}}""", "'paths' is not")]
    [InlineData("""{"name":"edit_file","arguments":{"path":"a.txt","edits":[{"oldText":1,"newText":""}]}}""", "'edits' is not")]
    [InlineData("""{"name":"edit_file","arguments":{"path":"a.txt","edits":[7]}}""", "'edits' is not")]
    [InlineData("""{"name":"write_file","arguments":{"path":"a.txt","content":{}}}""", "'content' is not")]
    public async Task WrongCall_IsAnsweredAndNotLogged(string call, string answer)
    {
        using var log = new Lines();
        await using var gate = await StartAsync(log);

        for (var time = 0; time < Times; time++)
        {
            using var response = await PostAsync(gate, $$"""{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{call}}}""");
            Assert.Contains(answer, (await response.Content.ReadAsStringAsync()).Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        Assert.Empty(log.Written);
    }

    [Fact]
    public async Task RightCall_WithNullsForWhatItDoesNotNeed_IsServed()
    {
        using var log = new Lines();
        await using var gate = await StartAsync(log);

        using var response = await PostAsync(gate, """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"read_text_file","arguments":{"path":"a.txt","head":null,"tail":1}}}""");

        Assert.Contains("alpha", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_LargerThanAny_IsRefusedAndNotLogged()
    {
        using var log = new Lines();
        await using var gate = await StartAsync(log);

        for (var time = 0; time < Times; time++)
        {
            using var response = await PostAsync(gate, new string(' ', (50 << 20) + 1), asksFirst: true);
            Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        }

        Assert.Empty(log.Written);
    }

    /// <summary>The control: what is not foreseen is written, and not without end.</summary>
    [Fact]
    public async Task Failure_ThatIsNotForeseen_IsLoggedSomeTimes()
    {
        using var log = new Lines();
        await using var gate = await StartAsync(log);
        var library = log.Factory!.CreateLogger("ModelContextProtocol.Server.McpServer");

        for (var time = 0; time < Times; time++)
        {
            library.Log(LogLevel.Error, new EventId(7), "failed", null, (text, _) => text);
        }

        Assert.InRange(log.Written.Count, 1, Times - 1);
    }

    private static async Task<GateScenario> StartAsync(Lines log)
    {
        var gate = await GateScenario.StartAsync(args =>
        {
            var app = FileGateHosting.Create(args, HandleOpener.OfSystem);
            log.Factory = app.Services.GetRequiredService<ILoggerFactory>();
            log.Factory.AddProvider(log);
            return app;
        });
        gate.Write("a.txt", "alpha");
        await gate.OpenAsync(GateScenario.Policy("allow: ['**'], access: write"));
        return gate;
    }

    private static Task<HttpResponseMessage> PostAsync(GateScenario gate, string body, bool asksFirst = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "mcp") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Accept", ["application/json", "text/event-stream"]);
        request.Headers.Add("MCP-Protocol-Version", "2025-06-18");
        request.Headers.ExpectContinue = asksFirst;
        return gate.Http.SendAsync(request);
    }

    /// <summary>Warnings and worse.</summary>
    private sealed class Lines : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Written { get; } = new();

        public ILoggerFactory? Factory { get; set; }

        public ILogger CreateLogger(string categoryName) => this;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Warning)
            {
                Written.Enqueue(formatter(state, exception) + exception);
            }
        }

        public void Dispose()
        {
        }
    }
}

using System.Text;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

/// <summary>Someone attached to a session.</summary>
internal sealed class TerminalClient(AsyncDuplexStreamingCall<AttachRequest, SessionEvent> call) : IDisposable
{
    private readonly StringBuilder seen = new();

    public static async Task<TerminalClient> AttachAsync(Contracts.Runner.V1.AgentRunner.AgentRunnerClient server, string session)
    {
        var client = new TerminalClient(server.Attach(cancellationToken: TestContext.Current.CancellationToken));
        await client.SendAsync(new AttachRequest { SessionId = session });
        return client;
    }

    public string Seen => seen.ToString();

    public Task SendAsync(AttachRequest request) => call.RequestStream.WriteAsync(request);

    public Task TypeAsync(string text) => SendAsync(new AttachRequest { Stdin = ByteString.CopyFromUtf8(text) });

    public async Task ReadUntilAsync(string text)
    {
        await ReadUntilAsync(() => Seen.Contains(text, StringComparison.Ordinal));
        Assert.Contains(text, Seen, StringComparison.Ordinal);
    }

    public async Task ReadUntilAsync(Func<bool> isEnough)
    {
        while (!isEnough() && await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            seen.Append(call.ResponseStream.Current.Stdout?.ToStringUtf8());
        }
    }

    /// <summary>The next one's code.</summary>
    public async Task<string> NoticeAsync()
    {
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            seen.Append(call.ResponseStream.Current.Stdout?.ToStringUtf8());
            if (call.ResponseStream.Current.Notice is { } notice)
            {
                return notice.Code;
            }
        }

        throw new InvalidOperationException("the stream ended without a notice");
    }

    public async Task<Summary> EndAsync()
    {
        while (await call.ResponseStream.MoveNext(TestContext.Current.CancellationToken))
        {
            seen.Append(call.ResponseStream.Current.Stdout?.ToStringUtf8());
            if (call.ResponseStream.Current.Ended is { } summary)
            {
                return summary;
            }
        }

        throw new InvalidOperationException("the stream ended without a summary");
    }

    public void Dispose() => call.Dispose();
}

using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;
using SecureAgent.AgentRunner.Sessions;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Tests.Sessions;

public sealed class OutputBufferTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public async Task Read_Late_ReplaysFromTheStart()
    {
        var buffer = new OutputBuffer(100, time);
        await AppendAsync(buffer, "one", "two");
        buffer.Complete(Last());

        Assert.Equal("onetwo", await ReadAsync(buffer));
        Assert.Equal("onetwo", await ReadAsync(buffer));
    }

    [Fact]
    public async Task Append_FullBeforeTheFirstReader_WaitsForIt()
    {
        var buffer = new OutputBuffer(10, time);
        await AppendAsync(buffer, "0123456789");
        var waiting = buffer.AppendAsync(Event("abc"), 3, default).AsTask();
        Assert.False(waiting.IsCompleted);

        var reading = ReadAsync(buffer);
        await waiting;
        buffer.Complete(Last());

        Assert.Equal("0123456789abc", await reading);
    }

    [Fact]
    public async Task Append_NobodyComes_DropsTheOldestAfterTheGrace()
    {
        var buffer = new OutputBuffer(10, time);
        await AppendAsync(buffer, "01234", "56789");
        var waiting = buffer.AppendAsync(Event("abc"), 3, default).AsTask();
        time.Advance(TimeSpan.FromSeconds(11));
        await waiting;
        buffer.Complete(Last());

        Assert.Equal("[output_dropped]56789abc", await ReadAsync(buffer));
    }

    [Fact]
    public async Task Append_SlowReader_LosesNothing()
    {
        var buffer = new OutputBuffer(64, time);
        var reading = ReadAsync(buffer, slowly: true);
        var expected = string.Concat(Enumerable.Range(0, 500).Select(number => $"{number},"));
        foreach (var number in Enumerable.Range(0, 500))
        {
            await AppendAsync(buffer, $"{number},");
        }

        buffer.Complete(Last());

        Assert.Equal(expected, await reading);
    }

    [Fact]
    public async Task Append_ReaderLeft_GoesOnAndKeepsTheTail()
    {
        var buffer = new OutputBuffer(10, time);
        using var leave = new CancellationTokenSource();
        var reader = buffer.ReadAsync(leave.Token).GetAsyncEnumerator(leave.Token);
        await AppendAsync(buffer, "01234");
        await reader.MoveNextAsync();
        await reader.DisposeAsync();

        await AppendAsync(buffer, "56789", "abcde");
        buffer.Complete(Last());

        Assert.Equal("[output_dropped]56789abcde", await ReadAsync(buffer));
    }

    [Fact]
    public async Task StopWaiting_FullBuffer_TakesTheRest()
    {
        var buffer = new OutputBuffer(4, time);
        await AppendAsync(buffer, "0123");
        var waiting = buffer.AppendAsync(Event("4567"), 4, default).AsTask();

        buffer.StopWaiting();
        await waiting;
        buffer.Complete(Last());

        Assert.Equal("01234567", await ReadAsync(buffer));
    }

    private static SessionEvent Event(string text) => new() { Stdout = ByteString.CopyFromUtf8(text) };

    private static SessionEvent Last() => new() { Ended = new Summary() };

    private static async Task AppendAsync(OutputBuffer buffer, params string[] texts)
    {
        foreach (var text in texts)
        {
            await buffer.AppendAsync(Event(text), text.Length, default);
        }
    }

    private static async Task<string> ReadAsync(OutputBuffer buffer, bool slowly = false)
    {
        var all = new System.Text.StringBuilder();
        await foreach (var next in buffer.ReadAsync(default))
        {
            if (slowly)
            {
                await Task.Yield();
            }

            all.Append(next.EventCase switch
            {
                SessionEvent.EventOneofCase.Stdout => next.Stdout.ToStringUtf8(),
                SessionEvent.EventOneofCase.Notice => $"[{next.Notice.Code}]",
                _ => "",
            });
        }

        return all.ToString();
    }
}

using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using SecureAgent.Guest.Dns;

namespace SecureAgent.Guest.Tests.Dns;

public sealed class DnsSinkTests : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Channel<DnsQuestion> reports = Channel.CreateUnbounded<DnsQuestion>();
    private readonly DnsSink sink;

    public DnsSinkTests()
    {
        sink = new DnsSink(0, (question, stop) => reports.Writer.WriteAsync(question, stop), TimeProvider.System);
        sink.Listen();
        _ = sink.RunAsync(stop.Token);
    }

    [Fact]
    public async Task Udp_Question_IsReportedAndAnsweredNameError()
    {
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, sink.Port);

        await client.SendAsync(DnsQueries.Build(["example", "com"], 28));
        var answer = await client.ReceiveAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, answer.Buffer[3] & 0x0f);
        var reported = await reports.Reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(("example.com", "AAAA"), (reported.Name, reported.Type));
    }

    [Fact]
    public async Task Udp_Rubbish_IsRefusedAndTheNextQuestionStillAnswered()
    {
        using var client = new UdpClient();
        client.Connect(IPAddress.Loopback, sink.Port);

        await client.SendAsync(new byte[] { 1, 2, 3 });
        var refusal = await client.ReceiveAsync(TestContext.Current.CancellationToken);
        await client.SendAsync(new byte[5000]); // more than the sink takes
        await client.SendAsync(DnsQueries.Build(["x"], 1));
        var answer = await client.ReceiveAsync(TestContext.Current.CancellationToken);
        while ((answer.Buffer[3] & 0x0f) == 1)
        {
            answer = await client.ReceiveAsync(TestContext.Current.CancellationToken);
        }

        Assert.Equal(1, refusal.Buffer[3] & 0x0f);
        Assert.Equal(3, answer.Buffer[3] & 0x0f);
    }

    [Fact]
    public async Task Tcp_TwoQuestionsOnOneConnection_AreBothAnswered()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sink.Port);
        var stream = client.GetStream();

        foreach (var name in new[] { "one", "two" })
        {
            var query = DnsQueries.Build([name, "example"], 1);
            byte[] framed = [(byte)(query.Length >> 8), (byte)query.Length, .. query];
            await stream.WriteAsync(framed.AsMemory(0, 5)); // split in the middle of the header
            await stream.WriteAsync(framed.AsMemory(5));

            var length = new byte[2];
            await stream.ReadExactlyAsync(length);
            var answer = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
            await stream.ReadExactlyAsync(answer);

            Assert.Equal(3, answer[3] & 0x0f);
            Assert.Equal($"{name}.example", (await reports.Reader.ReadAsync()).Name);
        }
    }

    [Fact]
    public async Task Tcp_OversizedLength_ClosesTheConnection()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, sink.Port);

        await client.GetStream().WriteAsync(new byte[] { 0xff, 0xff });

        Assert.Equal(0, await client.GetStream().ReadAsync(new byte[1]));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        sink.Dispose();
        stop.Dispose();
    }
}

using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace SecureAgent.EgressProxy.Refusals;

internal static class RefusalWriter
{
    /// <summary>How much of what the client still sends is read before its connection is closed, so that it sees the answer and not a reset.</summary>
    private const int MaxDrainBytes = 256 << 10;

    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(2);

    public static async Task WriteAsync(this Refusal refusal, HttpContext context)
    {
        context.Response.Clear();
        context.Response.StatusCode = refusal.Status;
        context.Response.ContentType = Refusal.ContentType;
        var body = refusal.ToBytes();
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    /// <summary>Answers a CONNECT and closes the connection.</summary>
    public static async Task WriteAsync(this Refusal refusal, Socket client, TimeProvider time)
    {
        var body = refusal.ToBytes();
        var head = $"HTTP/1.1 {refusal.Status} {ReasonPhrases.GetReasonPhrase(refusal.Status)}\r\nContent-Type: {Refusal.ContentType}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        byte[] answer = [.. Encoding.ASCII.GetBytes(head), .. body];
        await EndAsync(client, answer, time);
    }

    /// <summary>Sends the last bytes of a connection so that they are seen.</summary>
    public static async Task EndAsync(Socket client, ReadOnlyMemory<byte> answer, TimeProvider time)
    {
        await client.SendAsync(answer, SocketFlags.None);
        client.Shutdown(SocketShutdown.Send);
        await DrainAsync(client, time);
    }

    private static async Task DrainAsync(Socket client, TimeProvider time)
    {
        using var limit = new CancellationTokenSource(DrainTime, time);
        var scratch = new byte[4096];
        try
        {
            for (var total = 0; total < MaxDrainBytes;)
            {
                var read = await client.ReceiveAsync(scratch, SocketFlags.None, limit.Token);
                if (read == 0)
                {
                    return;
                }

                total += read;
            }
        }
        catch (OperationCanceledException)
        {
            // The client had its time to read the answer.
        }
    }
}

using System.Runtime.InteropServices;
using System.Threading.Channels;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Jobs;

/// <summary>Writes a job's input on a thread of its own: a job that does not read holds up nobody else. The sender's window bounds what waits here.</summary>
internal sealed unsafe class InputQueue(int descriptor, bool closeAtEnd, Action<int> taken, Func<bool> isOver)
{
    private const short PollOut = 4;
    private const int Patience = 50; // ms between looks at isOver

    private readonly Channel<byte[]> waiting = Channel.CreateUnbounded<byte[]>(new UnboundedChannelOptions { SingleReader = true });

    public void Start() => new Thread(Loop) { IsBackground = true, Name = "input" }.Start();

    public void Add(byte[] bytes) => waiting.Writer.TryWrite(bytes);

    public void Complete() => waiting.Writer.TryComplete();

    private void Loop()
    {
        while (waiting.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (waiting.Reader.TryRead(out var bytes))
            {
                Write(bytes);
                taken(bytes.Length);
            }
        }

        if (closeAtEnd)
        {
            _ = Libc.Close(descriptor);
        }
    }

    /// <summary>What the job will never read is lost, as on any pipe.</summary>
    private void Write(ReadOnlySpan<byte> bytes)
    {
        var entry = stackalloc int[2]; // struct pollfd
        (entry[0], entry[1]) = (descriptor, PollOut);
        fixed (byte* start = bytes)
        {
            for (nint written = 0; written < bytes.Length && !isOver();)
            {
                if (Libc.Poll(entry, 1, Patience) <= 0)
                {
                    continue;
                }

                var count = Libc.Write(descriptor, start + written, bytes.Length - written);
                if (count < 0 && Marshal.GetLastPInvokeError() is not (Linux.EINTR or Linux.EAGAIN))
                {
                    return;
                }

                written += Math.Max(count, 0);
            }
        }
    }
}

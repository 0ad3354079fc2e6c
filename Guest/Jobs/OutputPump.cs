using System.Runtime.InteropServices;
using SecureAgent.Contracts.Guest;
using SecureAgent.Guest.Native;

namespace SecureAgent.Guest.Jobs;

/// <summary>Reads one descriptor of a job, on a thread of its own, until its end: nobody holds the other end any more, or the job is over and nothing is left.</summary>
internal sealed unsafe class OutputPump(int descriptor, Window window, Action<byte[]> send, Func<bool> isOver)
{
    private const short PollIn = 1;
    private const int Patience = 50; // ms between looks at isOver

    /// <summary>EIO: no program has the terminal open, not yet or for now.</summary>
    private const int NobodyThere = 10; // ms

    private readonly TaskCompletionSource finished = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task Finished => finished.Task;

    public void Start() => new Thread(Loop) { IsBackground = true, Name = "output" }.Start();

    private void Loop()
    {
        var buffer = stackalloc byte[JobWindow.Chunk];
        while (true)
        {
            var over = isOver();
            if (!IsReadable(over ? 0 : Patience))
            {
                if (over)
                {
                    break;
                }

                continue;
            }

            // A terminal whose programs are gone stays readable: the look at isOver came first, so the last bytes are read after it.
            var count = (int)Libc.Read(descriptor, buffer, JobWindow.Chunk);
            if (count > 0)
            {
                window.Take(count);
                send(new ReadOnlySpan<byte>(buffer, count).ToArray());
            }
            else if (count == 0 || Marshal.GetLastPInvokeError() is not (Linux.EINTR or Linux.EAGAIN or Linux.EIO))
            {
                break;
            }
            else if (over)
            {
                break;
            }
            else
            {
                _ = Libc.Poll(null, 0, NobodyThere);
            }
        }

        finished.TrySetResult();
    }

    private bool IsReadable(int milliseconds)
    {
        var entry = stackalloc int[2];
        (entry[0], entry[1]) = (descriptor, PollIn);
        return Libc.Poll(entry, 1, milliseconds) > 0;
    }
}

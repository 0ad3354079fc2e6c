using System.Runtime.CompilerServices;
using SecureAgent.Contracts.Runner.V1;

namespace SecureAgent.AgentRunner.Sessions;

/// <summary>
/// A session's events for whoever is attached, now or later. Holds a bounded tail. While somebody is attached, or shortly after the start when somebody is
/// about to be, a full buffer makes the agent wait as a terminal would; with nobody attached the oldest output is dropped and the session goes on.
/// </summary>
internal sealed class OutputBuffer(int capacity, TimeProvider time)
{
    /// <summary>How long the first reader may take to attach.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly LinkedList<(SessionEvent Event, int Size)> kept = [];
    private readonly List<Reader> readers = [];
    private readonly long created = time.GetTimestamp();
    private TaskCompletionSource changed = NewSignal();
    private long firstKept;
    private long droppedBytes;
    private int bytes;
    private bool hadReader;
    private bool unbounded;
    private bool completed;

    /// <summary>Waits while the buffer is full and dropping would take output from a reader.</summary>
    public async ValueTask AppendAsync(SessionEvent next, int size, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task waiting;
            lock (gate)
            {
                if (unbounded || bytes + size <= capacity || MayDrop())
                {
                    AppendLocked(next, size);
                    return;
                }

                waiting = changed.Task;
            }

            var graceLeft = Grace - time.GetElapsedTime(created);
            await (graceLeft > TimeSpan.Zero
                ? Task.WhenAny(waiting, Task.Delay(graceLeft, time, cancellationToken))
                : waiting.WaitAsync(cancellationToken));
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>From now on nothing waits: the agent is gone and what is left in its pipes is little.</summary>
    public void StopWaiting()
    {
        lock (gate)
        {
            unbounded = true;
            Signal();
        }
    }

    /// <summary>The last event; readers end after it.</summary>
    public void Complete(SessionEvent last)
    {
        lock (gate)
        {
            kept.AddLast((last, 0));
            completed = true;
            Signal();
        }
    }

    /// <summary>Everything kept, then everything that comes.</summary>
    public async IAsyncEnumerable<SessionEvent> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = new Reader();
        lock (gate)
        {
            hadReader = true;
            reader.Position = firstKept;
            readers.Add(reader);
            Signal();
        }

        try
        {
            if (Interlocked.Read(ref droppedBytes) is > 0 and var dropped)
            {
                yield return new SessionEvent { Notice = new Notice { Code = "output_dropped", Text = $"{dropped} bytes of earlier output are gone" } };
            }

            while (true)
            {
                Task waiting;
                SessionEvent? next = null;
                lock (gate)
                {
                    if (reader.Next(kept, firstKept) is { } found)
                    {
                        next = found;
                        Signal(); // an appender may wait for this reader
                    }
                    else if (completed)
                    {
                        yield break;
                    }

                    waiting = changed.Task;
                }

                if (next is not null)
                {
                    yield return next;
                }
                else
                {
                    await waiting.WaitAsync(cancellationToken);
                }
            }
        }
        finally
        {
            lock (gate)
            {
                readers.Remove(reader);
                Signal();
            }
        }
    }

    private void AppendLocked(SessionEvent next, int size)
    {
        kept.AddLast((next, size));
        bytes += size;
        while (!unbounded && bytes > capacity && kept.Count > 1 && MayDrop())
        {
            bytes -= kept.First!.Value.Size;
            droppedBytes += readers.Count == 0 ? kept.First.Value.Size : 0;
            kept.RemoveFirst();
            firstKept++;
        }

        Signal();
    }

    private bool MayDrop() => readers.Count > 0
        ? readers.TrueForAll(reader => reader.Position > firstKept)
        : hadReader || time.GetElapsedTime(created) >= Grace;

    private void Signal()
    {
        changed.TrySetResult();
        changed = NewSignal();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private sealed class Reader
    {
        private LinkedListNode<(SessionEvent Event, int Size)>? last;

        /// <summary>Index of the next event.</summary>
        public long Position { get; set; }

        public SessionEvent? Next(LinkedList<(SessionEvent Event, int Size)> kept, long firstKept)
        {
            // The last node read may have been dropped; then the oldest kept one follows it.
            var node = last?.List is not null ? last.Next : kept.First;
            if (node is null || Position >= firstKept + kept.Count)
            {
                return null;
            }

            last = node;
            Position = Math.Max(Position, firstKept) + 1;
            return node.Value.Event;
        }
    }
}

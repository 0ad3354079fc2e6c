using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>
/// The append-only, hash-chained log of one process. <see cref="Append"/> returns when the record is in the kernel (it survives
/// <c>kill -9</c>); a background flush puts it on disk within 100 ms; <see cref="AppendDurableAsync"/> waits for that flush (group commit).
/// </summary>
public sealed class AuditLog : IDisposable
{
    private static readonly TimeSpan FlushEvery = TimeSpan.FromMilliseconds(50);

    private readonly Lock gate = new();

    /// <summary>One flush at a time: two would write the same head file. Taken before <see cref="gate"/>, never the other way round.</summary>
    private readonly Lock flushing = new();
    private readonly ArrayBufferWriter<byte> buffer = new(1024);
    private readonly Utf8JsonWriter json;
    private readonly string directory;
    private readonly AuditOrigin origin;
    private readonly TimeProvider time;
    private readonly byte[] key;
    private readonly SafeFileHandle file;
    private readonly int segment;
    private readonly SemaphoreSlim dirty = new(0, 1);
    private readonly SemaphoreSlim urgent = new(0, 1);
    private readonly CancellationTokenSource stopping = new();
    private readonly Task flusher;
    private TaskCompletionSource flushed = NewSignal();
    private long length;
    private long sequence;
    private long onDisk;
    private long headSequence;
    private long headSaved;
    private string hash;
    private Exception? broken;

    private AuditLog(string directory, AuditOrigin origin, TimeProvider time, byte[] key, SafeFileHandle file, int segment, long sequence, string hash)
    {
        (this.directory, this.origin, this.time, this.key) = (directory, origin, time, key);
        (this.file, this.segment, this.sequence, this.hash, onDisk) = (file, segment, sequence, hash, sequence);
        json = new Utf8JsonWriter(buffer);
        flusher = Task.Factory.StartNew(FlushLoop, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Null while records can be written; else why not. Health reports it.</summary>
    public string? Failure => broken?.Message;

    /// <summary>Opens a new segment that continues the component's chain. Throws <see cref="AuditUnavailableException"/> with the mend in its message.</summary>
    public static AuditLog Open(string auditRoot, AuditOrigin origin, TimeProvider time)
    {
        var directory = Path.Combine(auditRoot, origin.Component);
        try
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var key = AuditKey.LoadOrCreate(auditRoot);
            var last = AuditSegments.Last(directory);
            var tail = last == 0 ? new AuditTail(0, AuditLine.NoHash, 0, 0) : AuditTail.Read(AuditSegments.PathOf(directory, last));
            if (tail.TornBytes > 0)
            {
                using var torn = File.OpenHandle(AuditSegments.PathOf(directory, last), FileMode.Open, FileAccess.Write);
                RandomAccess.SetLength(torn, tail.WholeLength);
            }

            // A segment that a crash left without one whole record is written again from its start.
            var segment = tail.WholeLength == 0 && last > 0 ? last : last + 1;
            if (segment == last && last > 1)
            {
                tail = AuditTail.Read(AuditSegments.PathOf(directory, last - 1)) with { TornBytes = tail.TornBytes };
            }

            var file = File.OpenHandle(AuditSegments.PathOf(directory, segment), FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
            return Begin(new AuditLog(directory, origin, time, key, file, segment, tail.Sequence, tail.Hash), tail.TornBytes);
        }
        catch (Exception error) when (error is not AuditUnavailableException and (IOException or UnauthorizedAccessException or InvalidDataException))
        {
            throw Unavailable(directory, error);
        }
    }

    /// <summary>Writes the record to the kernel before returning. Throws <see cref="AuditUnavailableException"/>: the caller must then deny.</summary>
    public void Append(AuditEntry entry)
    {
        lock (gate)
        {
            WriteLocked(entry);
        }

        Wake(dirty);
    }

    /// <summary>Like <see cref="Append"/>, and on disk when the task completes. For leases, approvals and alarms.</summary>
    public Task AppendDurableAsync(AuditEntry entry)
    {
        Task onDisk;
        lock (gate)
        {
            WriteLocked(entry);
            onDisk = flushed.Task;
        }

        Wake(dirty);
        Wake(urgent);
        return onDisk;
    }

    public void Dispose()
    {
        if (stopping.IsCancellationRequested)
        {
            return;
        }

        stopping.Cancel();
        flusher.GetAwaiter().GetResult();
        Flush(TimeSpan.Zero);
        lock (gate)
        {
            // Whoever still holds the log is told what everybody is told of a log that cannot be written.
            broken ??= new ObjectDisposedException(nameof(AuditLog), "the audit log is closed");
        }

        file.Dispose();
        json.Reset();
        json.Dispose();
        stopping.Dispose();
        dirty.Dispose();
        urgent.Dispose();
    }

    private static AuditLog Begin(AuditLog log, long tornBytes)
    {
        try
        {
            log.Append(new AuditEntry(AuditKinds.Opened, AuditPlanes.Audit)
            {
                Facts = [AuditFact.Of("segment", log.segment), AuditFact.Of("pid", Environment.ProcessId)],
            });
            if (tornBytes > 0)
            {
                log.Append(new AuditEntry(AuditKinds.Recovered, AuditPlanes.Audit) { Facts = [AuditFact.Of("tornBytes", tornBytes)] });
            }

            log.Flush(TimeSpan.Zero);
            return log.broken is null ? log : throw Unavailable(log.directory, log.broken);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    private void WriteLocked(AuditEntry entry)
    {
        if (broken is not null)
        {
            throw Unavailable(directory, broken);
        }

        var newHash = AuditLine.Write(buffer, json, entry, origin, sequence + 1, time.GetUtcNow(), hash);
        try
        {
            RandomAccess.Write(file, buffer.WrittenSpan, length);
        }
        catch (IOException error)
        {
            Rollback(error);
            throw Unavailable(directory, error);
        }

        length += buffer.WrittenCount;
        sequence++;
        hash = newHash;
    }

    /// <summary>Takes a half-written record back; when even that fails the log stays broken and everything is denied until a restart.</summary>
    private void Rollback(IOException cause)
    {
        try
        {
            RandomAccess.SetLength(file, length);
        }
        catch (IOException)
        {
            broken = cause;
        }
    }

    private void Wake(SemaphoreSlim signal)
    {
        // Whoever finds it raised leaves it to a flush that begins after this record was written.
        if (signal.CurrentCount > 0)
        {
            return;
        }

        lock (gate)
        {
            if (signal.CurrentCount == 0)
            {
                signal.Release();
            }
        }
    }

    /// <summary>
    /// On a thread of its own, as it waits for the disk most of the time. The head file follows the records, at once when nothing more
    /// comes and at most every 50 ms while much does: its rename costs the disk as much as a flush.
    /// </summary>
    private void FlushLoop()
    {
        for (var headIsBehind = false; ;)
        {
            try
            {
                if (dirty.Wait(headIsBehind ? FlushEvery : Timeout.InfiniteTimeSpan, stopping.Token))
                {
                    // Records gather for one flush, unless somebody waits for it.
                    urgent.Wait(FlushEvery, stopping.Token);
                }
            }
            catch (OperationCanceledException)
            {
                return;
            }

            headIsBehind = !Flush(FlushEvery);
        }
    }

    /// <summary>Puts everything written so far on disk. False: the head file does not say so yet, being younger than <paramref name="headEvery"/>.</summary>
    private bool Flush(TimeSpan headEvery)
    {
        lock (flushing)
        {
            if (FlushLocked() is { } reached && reached.Sequence != headSequence)
            {
                if (Stopwatch.GetElapsedTime(headSaved) < headEvery)
                {
                    return false;
                }

                SaveHead(reached);
            }

            return true;
        }
    }

    /// <summary>How far the disk has the log now, and nobody waits any more; null when the log is broken.</summary>
    private (long Sequence, string Hash)? FlushLocked()
    {
        TaskCompletionSource waiting;
        (long Sequence, string Hash) reached;
        lock (gate)
        {
            if (sequence == onDisk)
            {
                return (sequence, hash);
            }

            waiting = flushed;
            flushed = NewSignal();
            reached = (sequence, hash);
        }

        try
        {
            RandomAccess.FlushToDisk(file);
            onDisk = reached.Sequence;
            waiting.SetResult();
            return reached;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // After a failed fsync the kernel may have dropped the pages: nothing more may be trusted to this file.
            broken = error;
            waiting.SetException(Unavailable(directory, error));
            return null;
        }
    }

    private void SaveHead((long Sequence, string Hash) reached)
    {
        try
        {
            AuditHead.Create(origin.Component, segment, reached.Sequence, reached.Hash, key).Save(directory);
            (headSequence, headSaved) = (reached.Sequence, Stopwatch.GetTimestamp());
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            broken = error;
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private static AuditUnavailableException Unavailable(string directory, Exception cause) => new(
        string.Create(CultureInfo.InvariantCulture, $"the audit log in {directory} cannot be written ({cause.Message}); free space or mend its permissions, or choose another place with --data"),
        cause);
}

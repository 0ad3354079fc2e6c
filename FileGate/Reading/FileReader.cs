using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Reading;

/// <summary>
/// Reads for every surface: decide, take the budget, write the record, and only then hand out a <see cref="PreparedRead"/> with bytes.
/// </summary>
/// <remarks>
/// A read of one chunk is taken from the file before it is recorded, so its record carries the SHA-256 of exactly the bytes that leave.
/// A longer one is recorded with its range and etag first; a <c>read.receipt</c> with the SHA-256 of what was delivered follows at its end.
/// </remarks>
internal sealed class FileReader(ReadPreparer preparer, DecisionRecorder recorder, Tripwire tripwire)
{
    /// <summary>Bytes of a file that a read holds in memory at most; larger chunks measured slower.</summary>
    public const int ChunkBytes = 128 * 1024;

    /// <summary>Largest read that is served on the thread that polls the sockets.</summary>
    private const int ShortBytes = 16 * 1024;

    public async ValueTask<Answer<PreparedRead>> PrepareAsync(FileSession session, string path, ReadTerms terms, CancellationToken cancellationToken)
    {
        if (session.Decoys.Holds(path))
        {
            return await tripwire.TouchedAsync(session, FileOperations.Read, path);
        }

        var lease = await ReadLease.AcquireAsync(session, cancellationToken);
        Answer<PreparedRead> answer = default;
        try
        {
            if (!PollingThread.IsCurrent)
            {
                answer = preparer.Prepare(lease, path, terms, cancellationToken);
            }
            else if (TryPrepareAtOnce(lease, path, terms) is { } prompt)
            {
                answer = prompt;
            }
            else
            {
                await PollingThread.Leave();
                answer = preparer.Prepare(lease, path, terms, cancellationToken);
            }

            return answer;
        }
        finally
        {
            if (answer.Value is null)
            {
                lease.Dispose();
            }
        }
    }

    /// <summary>Records a range that could not even be parsed.</summary>
    public Refusal RefuseRange(FileSession session, string path) =>
        recorder.Refuse(session, FileOperations.Read, path, Decision.Deny(ReasonCode.RangeInvalid));

    /// <summary>Null, with nothing decided, recorded or held, when a disk may have to be waited for, or the read is no short one.</summary>
    private Answer<PreparedRead>? TryPrepareAtOnce(ReadLease lease, string path, in ReadTerms terms)
    {
        var opened = FileAuthority.OpenFile(lease.Session, path, atOnce: true);
        if (ReferenceEquals(opened, Opened.Later) || opened.Facts.Size > ShortBytes)
        {
            opened.Dispose();
            return null;
        }

        lease.Opened = opened;
        if (preparer.Prepare(lease, path, terms, atOnce: true, CancellationToken.None) is { } answer)
        {
            return answer;
        }

        opened.Dispose();
        return null;
    }
}

using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Archive;

/// <summary>The archive could not be finished; what was sent is not one.</summary>
internal sealed class ArchiveBrokenException(string message) : IOException(message);

/// <summary>
/// Streams the allowed files below a directory as one archive. The archive is one decision; every file in it is read as any other read: judged, paid
/// for, redacted and recorded. Files that may not be read are left out, as in lists.
/// </summary>
/// <remarks>Deterministic: by path, one fixed time, one fixed mode, no owner. The same content gives the same bytes.</remarks>
internal sealed class FileArchiver(DecisionRecorder recorder, FileReader reader, IOptions<FileGateOptions> options)
{
    /// <summary>Decides and records the archive. Null when it may be written, else the refusal.</summary>
    public Refusal? Begin(FileSession session, string path, ArchiveFormat format)
    {
        using var opened = FileAuthority.OpenDirectory(session, path);
        var decision = opened.Handle is not null && format == ArchiveFormat.None ? Decision.Deny(ReasonCode.RequestMalformed) : opened.Decision;
        var recorded = recorder.Record(session, FileOperations.Archive, path, decision, AuditFact.Of("format", format.ToString()));
        return recorded.IsAllowed ? null : Refusal.Of(session, path, recorded);
    }

    /// <summary>Throws <see cref="ArchiveBrokenException"/> when it ends early: budget, audit, or a file that shrank.</summary>
    public async Task WriteAsync(FileSession session, string path, ArchiveFormat format, ArchiveOutput output, CancellationToken cancellationToken)
    {
        await using IArchiveWriter writer = format == ArchiveFormat.Zip
            ? await ZipWriter.CreateAsync(output, cancellationToken)
            : new TarGzipWriter(output);
        foreach (var (child, facts) in TreeWalker.Walk(session, path, options.Value.MaxDirectoryEntries))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (facts.IsDirectory || session.Decoys.Holds(child))
            {
                continue;
            }

            var answer = await reader.PrepareAsync(session, child, default, cancellationToken);
            if (answer.Value is { } read)
            {
                using (read)
                {
                    await writer.AddAsync(path.Length == 0 ? child : child[(path.Length + 1)..], read, cancellationToken);
                }
            }
            else if (!Refusal.ConcernsOneFile(answer.Refusal!.Code))
            {
                throw new ArchiveBrokenException(answer.Refusal.Message);
            }
        }

        await writer.FinishAsync(cancellationToken);
        await output.FlushAsync(cancellationToken);
    }
}

using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Native;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Copies;

/// <summary>
/// Copies what a session may read into its directory, before its sandbox exists. Every file is a read like any other: judged, paid for, redacted and recorded.
/// </summary>
internal sealed class CopyMaker(FileReader reader, CopyStore store, CopyWatch watch, IOptions<FileGateOptions> options)
{
    private const string DirectoryName = "workspace";
    private const int DirectoryMode = 0b111_101_101;
    private const int RootMode = 0b111_000_000; // nobody else of this machine

    /// <summary>Throws <see cref="SessionRefusedException"/> when not all that is allowed can be copied.</summary>
    public async Task MakeAsync(FileSession session, CancellationToken cancellationToken)
    {
        var copy = new PrivateCopy(session, Path.Combine(session.Context.Directory, DirectoryName));
        Directory.CreateDirectory(copy.Directory);
        foreach (var (path, facts) in TreeWalker.Walk(session, "", options.Value.MaxDirectoryEntries))
        {
            if (facts.IsDirectory && !session.Decoys.IsDirectory(path))
            {
                Directory.CreateDirectory(Path.Combine(copy.Directory, path));
                copy.Directories.Add(path);
            }
            else if (!facts.IsDirectory && !session.Decoys.Holds(path))
            {
                await CopyAsync(copy, path, cancellationToken);
            }
        }

        foreach (var directory in copy.Directories.Append(""))
        {
            Give(session, Path.Combine(copy.Directory, directory), directory.Length == 0 ? RootMode : DirectoryMode);
        }

        store.Add(copy);
        watch.Start(copy);
    }

    private async Task CopyAsync(PrivateCopy copy, string path, CancellationToken cancellationToken)
    {
        var answer = await reader.PrepareAsync(copy.Session, path, default, cancellationToken);
        if (answer.Value is not { } read)
        {
            if (Refusal.ConcernsOneFile(answer.Refusal!.Code))
            {
                return;
            }

            throw new SessionRefusedException(answer.Refusal.Code == ReasonCode.BudgetExceeded
                ? $"deliver: copy: the files that profile '{copy.Session.Context.Profile.Name}' allows do not fit its budget or maxFiles; raise them, or allow less"
                : $"deliver: copy: {answer.Refusal.Message}");
        }

        using (read)
        {
            var target = Path.Combine(copy.Directory, path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await using (var file = new FileStream(target, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                var whole = await read.DeliverAsync(
                    (chunk, token) =>
                    {
                        hash.AppendData(chunk.Span);
                        return file.WriteAsync(chunk, token);
                    },
                    cancellationToken);
                if (!whole)
                {
                    throw new SessionRefusedException($"deliver: copy: '{path}' changed while it was copied; start again");
                }
            }

            var facts = Give(copy.Session, target, PrivateCopy.ModeOf(read.Facts.Mode));
            var (copied, masked) = (Convert.ToHexStringLower(hash.GetHashAndReset()), read.Lease.Content?.Masked ?? 0);
            var host = copied;
            if (masked > 0)
            {
                copy.Session.Resolve(path, out var inner).Folder.Look(inner, out var state);
                host = state.Hash ?? copied;
            }

            copy.Files[path] = new CopiedFile(host, copied, read.Facts.Mode & 0b111_111_111, facts, masked);
        }
    }

    private static FileFacts Give(FileSession session, string path, int mode)
    {
        var error = TreeCalls.Give(path, session.Context.CopyUid ?? session.Context.SandboxUid, mode, out var facts);
        return error == 0 ? facts : throw new SessionRefusedException($"deliver: copy: the copy cannot be given to the sandbox ({Libc.Message(error)})");
    }
}

using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Copies;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Native;
using SecureAgent.Policy.Document;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Sessions;

/// <summary>Opens the session's root directory once; everything the session reads is opened relative to that handle.</summary>
internal sealed class FileSessionGate(IOptions<FileGateOptions> options, ChangeStore changes, WaitingChanges waiting, CopyMaker copies) : ISessionGate
{
    private const string WorkspaceVariable = "${workspace}";

    public async ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        var grants = session.Profile.Files;
        var roots = grants.Select(grant => grant.Root).Distinct(StringComparer.Ordinal).ToList();
        if (roots.Count > 1)
        {
            throw new SessionRefusedException(
                $"profile '{session.Profile.Name}' has files of more than one root ({string.Join(", ", roots)}); give every entry the same root");
        }

        if (roots.Count == 1 && (roots[0] != WorkspaceVariable || session.Workspace is not null))
        {
            var files = Open(session, roots[0], out var path, out var facts);
            session.State.Set(files);
            if (IsCopied(session))
            {
                await copies.MakeAsync(files, path, facts, cancellationToken);
            }
        }
        else
        {
            // Nothing granted, or granted of a workspace that this session does not have: every path is denied.
            session.State.Set(new FileSession(session, new DescriptorHandle(-1), 0, [], changes.Open(session, "", default), options.Value.MaxConcurrentReads));
        }
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        if (session.State.Get<FileSession>() is { } files)
        {
            // A copy is not taken back yet.
            if (!IsCopied(session))
            {
                waiting.Record(files.Changes);
            }

            files.Dispose();
        }

        changes.Close(session.Id);
        return ValueTask.CompletedTask;
    }

    private static Honeyfiles Decoys(SessionContext session, DescriptorHandle root, in FileFacts facts)
    {
        if (!Honeyfiles.AreAsked(session.Profile))
        {
            return Honeyfiles.None;
        }

        var decoys = Honeyfiles.Lay(root, facts);
        if (decoys.IsEmpty)
        {
            root.Dispose();
            throw new SessionRefusedException(
                $"profile '{session.Profile.Name}' has honeypots: [files], but the folder has files where every decoy would be laid ({string.Join(", ", DecoyTexts.All.Keys)}); remove files from honeypots");
        }

        return decoys;
    }

    private static bool IsCopied(SessionContext session) => session.Profile.Files.Any(grant => grant.Deliver == FileDelivery.Copy);

    private FileSession Open(SessionContext session, string root, out string path, out FileFacts facts)
    {
        facts = default;
        path = root != WorkspaceVariable ? root : session.Workspace!;
        var error = Libc.Open(null, path, OpenFlags.ForRoot, resolve: 0, out var handle);
        if (error == 0)
        {
            error = Libc.Describe(handle, out facts);
            if (error == 0)
            {
                return new FileSession(session, handle, facts.MountId, session.Profile.Files, changes.Open(session, path, facts), options.Value.MaxConcurrentReads)
                {
                    Decoys = Decoys(session, handle, facts),
                };
            }
        }

        handle.Dispose();
        throw new SessionRefusedException(
            $"the folder '{path}' cannot be opened ({Libc.Message(error)}); check that it exists, is a directory and is readable by the server's user");
    }
}

internal static class FileSessionExtensions
{
    public static FileSession Files(this SessionContext session) =>
        session.State.Get<FileSession>() ?? throw new InvalidOperationException("The session is not open on this gate.");
}

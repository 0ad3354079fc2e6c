using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Changes.Applying;
using SecureAgent.FileGate.Copies;
using SecureAgent.FileGate.Honeypots;
using SecureAgent.FileGate.Native;
using SecureAgent.Policy.Document;
using SecureAgent.Policy.Files;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Sessions;

/// <summary>Opens the session's root directory once; everything the session reads is opened relative to that handle.</summary>
internal sealed class FileSessionGate(IOptions<FileGateOptions> options, ComponentContext component, IHandleOpener opener, ChangeStore changes, WaitingChanges waiting, CopyMaker copies) : ISessionGate
{
    public async ValueTask OpenAsync(SessionContext session, CancellationToken cancellationToken)
    {
        // Granted of a workspace that this session does not have: denied.
        var grants = session.Profile.Files.Where(grant => grant.Root != FileRoots.Workspace || session.Workspace is not null).ToList();
        var opened = RootMounts.Open(session, grants, [component.DataDirectory, component.RunDirectory], opener);
        var mounts = opened.Prepend(opened.FirstOrDefault(mount => mount.Name.Length == 0) ?? FileMount.NoWorkspace()).Distinct(ReferenceEqualityComparer.Instance).Cast<FileMount>()
            .Select(mount => mount with { Changes = changes.Open(session, mount) }).ToList();
        var workspace = mounts[0];
        var files = new FileSession(session, workspace, mounts[1..], grants, options.Value.MaxConcurrentReads)
        {
            Decoys = workspace.Root.IsInvalid ? Honeyfiles.None : Decoys(session, workspace.Root, workspace.Facts),
        };
        session.State.Set(files);
        if (IsCopied(session) && opened.Count > 0)
        {
            await copies.MakeAsync(files, cancellationToken);
        }
    }

    public ValueTask CloseAsync(SessionContext session, string reason, CancellationToken cancellationToken)
    {
        if (session.State.Get<FileSession>() is { } files)
        {
            // A copy is not taken back yet.
            if (!IsCopied(session))
            {
                waiting.Record(session.Id, [.. files.Mounts.Select(mount => mount.Changes)]);
            }

            files.Dispose();
            foreach (var mount in files.Mounts)
            {
                changes.Close(mount.Changes.Id);
            }
        }

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
            throw new SessionRefusedException(
                $"profile '{session.Profile.Name}' has honeypots: [files], but the folder has files where every decoy would be laid ({string.Join(", ", DecoyTexts.All.Keys)}); remove files from honeypots");
        }

        return decoys;
    }

    private static bool IsCopied(SessionContext session) => session.Profile.Files.Any(grant => grant.Deliver == FileDelivery.Copy);
}

internal static class FileSessionExtensions
{
    public static FileSession Files(this SessionContext session) =>
        session.State.Get<FileSession>() ?? throw new InvalidOperationException("The session is not open on this gate.");
}

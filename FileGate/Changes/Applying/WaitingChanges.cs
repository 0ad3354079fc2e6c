using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>Puts on record, when a session ends, what it leaves for the operator; the session's summary is made of that.</summary>
internal sealed class WaitingChanges(AuditLog audit, ILogger<WaitingChanges> log)
{
    private const string Kind = "change.waiting";

    public void Record(ChangeSet set)
    {
        if (set.IsEmpty)
        {
            return;
        }

        try
        {
            using var tree = HostTree.Open(set.Document.Root, set.Document.Device, set.Document.Inode);
            audit.Append(new AuditEntry(Kind, AuditPlanes.Files)
            {
                Session = set.Id,
                Facts = [AuditFact.Of("changes", set.All().Count), AuditFact.Of("held", HeldChanges.Of(set, tree?.Folder).Count)],
            });
        }
        catch (IOException error)
        {
            // The set is on disk and shows itself in the list; only the reminder is missing.
            log.AuditUnavailable(error, set.Id);
        }
    }
}

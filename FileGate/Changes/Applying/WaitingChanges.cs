using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.FileGate.Changes.Applying;

/// <summary>Puts on record, when a session ends, what it leaves for the operator; the session's summary is made of that.</summary>
internal sealed class WaitingChanges(AuditLog audit, ILogger<WaitingChanges> log)
{
    private const string Kind = "change.waiting";

    /// <param name="sets">Of the session, one a root.</param>
    public void Record(string session, IReadOnlyCollection<ChangeSet> sets)
    {
        if (sets.All(set => set.IsEmpty))
        {
            return;
        }

        try
        {
            audit.Append(new AuditEntry(Kind, AuditPlanes.Files)
            {
                Session = session,
                Facts = [AuditFact.Of("changes", sets.Sum(set => set.All().Count)), AuditFact.Of("held", sets.Sum(Held))],
            });
        }
        catch (IOException error)
        {
            // The set is on disk and shows itself in the list; only the reminder is missing.
            log.AuditUnavailable(error, session);
        }
    }

    private static int Held(ChangeSet set)
    {
        using var tree = HostTree.Open(set.Document.Root, set.Document.Device, set.Document.Inode);
        return HeldChanges.Of(set, tree?.Folder).Count;
    }
}

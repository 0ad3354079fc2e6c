using System.Text.Json;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>What is wrong, and where: a file of the log and a line in it (from 1; 0 when the file as a whole is meant).</summary>
public sealed record AuditFault(string File, int Line, string Message)
{
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}: {Message}";
}

/// <param name="Records">Records checked.</param>
/// <param name="Faults">Empty when every chain is whole.</param>
public sealed record AuditVerification(long Records, IReadOnlyList<AuditFault> Faults)
{
    public bool IsValid => Faults.Count == 0;
}

/// <summary>
/// Recomputes every chain: each line's hash, its link to the line before, gapless sequence and segment numbers, the authenticated
/// head (nothing cut off the end), and the anchors that one chain holds of another's.
/// </summary>
public static class AuditVerifier
{
    public static AuditVerification Verify(string auditRoot) => Verify(auditRoot, AuditPosition.Start);

    /// <summary>Checks what was written after <paramref name="from"/>, trusting the chain up to there.</summary>
    public static AuditVerification Verify(string auditRoot, AuditPosition from)
    {
        var faults = new List<AuditFault>();
        var chains = new Dictionary<string, AuditChain>(StringComparer.Ordinal);
        byte[]? key = null;
        try
        {
            key = AuditKey.Load(auditRoot);
        }
        catch (InvalidDataException error)
        {
            faults.Add(new AuditFault("head.key", 0, error.Message));
        }

        foreach (var component in AuditSegments.Components(auditRoot))
        {
            var chain = new AuditChain(auditRoot, component, from.Marks.GetValueOrDefault(component));
            chain.ReadHead();
            chain.Walk(faults);
            chain.CheckHead(key, faults);
            chains[component] = chain;
        }

        if (key is not null && chains.Count == 0)
        {
            faults.Add(new AuditFault("head.key", 0, "a log was written here, but every chain of it is gone"));
        }

        foreach (var missing in from.Marks.Keys.Where(component => !chains.ContainsKey(component)))
        {
            faults.Add(new AuditFault(missing, 0, "the chain of this component is gone"));
        }

        foreach (var chain in chains.Values)
        {
            chain.CheckAnchors(chains, faults);
        }

        return new AuditVerification(chains.Values.Sum(chain => chain.Records), faults);
    }
}

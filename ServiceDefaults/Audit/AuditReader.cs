namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>A place in every component's chain: records after it are newer.</summary>
public sealed record AuditPosition(IReadOnlyDictionary<string, AuditMark> Marks)
{
    public static AuditPosition Start { get; } = new(new Dictionary<string, AuditMark>());
}

/// <summary>Where one component's chain stood.</summary>
public sealed record AuditMark(int Segment, long Offset, long Sequence, string Hash);

/// <summary>Reads the log of all components below a data directory's <c>audit</c> folder.</summary>
public static class AuditReader
{
    /// <summary>The present end of every chain.</summary>
    public static AuditPosition Capture(string auditRoot)
    {
        var marks = new Dictionary<string, AuditMark>(StringComparer.Ordinal);
        foreach (var component in AuditSegments.Components(auditRoot))
        {
            var directory = Path.Combine(auditRoot, component);
            var last = AuditSegments.Last(directory);
            if (last > 0)
            {
                var tail = AuditTail.Read(AuditSegments.PathOf(directory, last));
                marks[component] = new AuditMark(last, tail.WholeLength, tail.Sequence, tail.Hash);
            }
        }

        return new AuditPosition(marks);
    }

    /// <summary>Whole records after <paramref name="from"/>, a component at a time, oldest first within each.</summary>
    public static IEnumerable<AuditRecord> Read(string auditRoot, AuditPosition from) =>
        AuditSegments.Components(auditRoot).SelectMany(component => ReadComponent(auditRoot, component, from)).Select(line => AuditRecord.Parse(line));

    /// <summary>Records of one session, in time order.</summary>
    public static IReadOnlyList<AuditRecord> ReadSession(string auditRoot, AuditPosition from, string session) =>
        [.. Read(auditRoot, from).Where(record => record.Session == session).OrderBy(record => record.Time)];

    /// <summary>At most <paramref name="limit"/> records that <paramref name="isWanted"/> takes, newest first. Reads segments from the last one back, and no more than it needs.</summary>
    public static IReadOnlyList<AuditRecord> Newest(string auditRoot, Func<AuditRecord, bool> isWanted, int limit) =>
        [.. AuditSegments.Components(auditRoot).SelectMany(component => NewestOf(Path.Combine(auditRoot, component), isWanted).Take(limit)).OrderByDescending(record => record.Time).Take(limit)];

    private static IEnumerable<AuditRecord> NewestOf(string directory, Func<AuditRecord, bool> isWanted) =>
        AuditSegments.List(directory).OrderDescending().SelectMany(segment =>
            AuditLines.Read(AuditSegments.PathOf(directory, segment), 0).Where(line => line.IsWhole).Select(line => AuditRecord.Parse(line.Bytes)).Where(isWanted).Reverse());

    private static IEnumerable<ReadOnlyMemory<byte>> ReadComponent(string auditRoot, string component, AuditPosition from)
    {
        var directory = Path.Combine(auditRoot, component);
        var mark = from.Marks.GetValueOrDefault(component);
        foreach (var segment in AuditSegments.List(directory).Where(number => mark is null || number >= mark.Segment))
        {
            var offset = segment == mark?.Segment ? mark.Offset : 0;
            foreach (var line in AuditLines.Read(AuditSegments.PathOf(directory, segment), offset))
            {
                if (line.IsWhole)
                {
                    yield return line.Bytes;
                }
            }
        }
    }
}

/// <summary>One line of a segment, without its newline.</summary>
/// <param name="IsWhole">False for the last bytes of a file when no newline ends them.</param>
internal sealed record AuditRawLine(int Number, ReadOnlyMemory<byte> Bytes, bool IsWhole);

internal static class AuditLines
{
    public static IEnumerable<AuditRawLine> Read(string path, long offset)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        file.Position = offset;
        var pending = new MemoryStream();
        var block = new byte[1 << 16];
        var number = 0;
        int read;
        while ((read = file.Read(block)) > 0)
        {
            var start = 0;
            int at;
            while ((at = Array.IndexOf(block, (byte)'\n', start, read - start)) >= 0)
            {
                pending.Write(block, start, at - start);
                yield return new AuditRawLine(++number, pending.ToArray(), true);
                pending.SetLength(0);
                start = at + 1;
            }

            pending.Write(block, start, read - start);
        }

        if (pending.Length > 0)
        {
            yield return new AuditRawLine(++number, pending.ToArray(), false);
        }
    }
}

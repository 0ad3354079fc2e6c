using System.Text.Json;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>One component's chain while it is being verified.</summary>
internal sealed class AuditChain(string auditRoot, string component, AuditMark? mark)
{
    private readonly string directory = Path.Combine(auditRoot, component);
    private readonly List<(string File, int Line, string Component, long Sequence, string Hash)> anchors = [];
    private readonly Dictionary<long, string> hashes = [];
    private string previous = mark?.Hash ?? AuditLine.NoHash;
    private long sequence = mark?.Sequence ?? 0;
    private int lastSegment = mark?.Segment ?? 0;
    private (int Segment, string File) end;
    private AuditHead? head;
    private string? headError;

    public long Records { get; private set; }

    /// <summary>Follows the chain line by line. After the first fault of a chain the links behind it mean nothing, so it stops there.</summary>
    public void Walk(List<AuditFault> faults)
    {
        foreach (var segment in AuditSegments.List(directory).Where(number => mark is null || number >= mark.Segment))
        {
            var file = Name(segment);
            if (segment != lastSegment && segment != lastSegment + 1)
            {
                faults.Add(new AuditFault(file, 0, $"segment {lastSegment + 1} is missing before this one"));
                return;
            }

            lastSegment = segment;
            end = (segment, file);
            var offset = segment == mark?.Segment ? mark.Offset : 0;
            foreach (var line in AuditLines.Read(AuditSegments.PathOf(directory, segment), offset))
            {
                if (Check(file, line) is { } fault)
                {
                    faults.Add(fault);
                    return;
                }
            }
        }
    }

    /// <summary>Before <see cref="Walk"/>: a head read afterwards could be of records that a live log gained meanwhile.</summary>
    public void ReadHead()
    {
        try
        {
            head = AuditHead.Load(directory);
        }
        catch (JsonException error)
        {
            headError = error.Message;
        }
    }

    public void CheckHead(byte[]? key, List<AuditFault> faults)
    {
        var file = $"{component}/head.json";
        if (headError is not null)
        {
            faults.Add(new AuditFault(file, 0, $"the head of this chain is not readable: {headError}"));
        }
        else if (head is null || key is null)
        {
            faults.Add(new AuditFault(file, 0, head is null ? "the head of this chain is missing" : "the key of the chain heads is missing"));
        }
        else if (!head.IsAuthentic(component, key))
        {
            faults.Add(new AuditFault(file, 0, "the head of this chain was changed"));
        }
        else if (head.Sequence > sequence && !faults.Any(fault => fault.File.StartsWith(component + "/", StringComparison.Ordinal)))
        {
            faults.Add(new AuditFault(end.File ?? component, (int)Math.Min(Records + 1, int.MaxValue), $"the log ends at record {sequence}, but record {head.Sequence} was written: lines were cut off its end"));
        }
        else if (hashes.TryGetValue(head.Sequence, out var hash) && hash != head.Hash)
        {
            faults.Add(new AuditFault(end.File ?? component, 0, $"record {head.Sequence} is not the one that was written"));
        }
    }

    public void CheckAnchors(IReadOnlyDictionary<string, AuditChain> chains, List<AuditFault> faults)
    {
        foreach (var anchor in anchors)
        {
            if (!chains.TryGetValue(anchor.Component, out var chain))
            {
                faults.Add(new AuditFault(anchor.File, anchor.Line, $"the chain of {anchor.Component} that this record anchors is gone"));
            }
            else if (chain.hashes.TryGetValue(anchor.Sequence, out var hash) && hash != anchor.Hash)
            {
                faults.Add(new AuditFault(anchor.File, anchor.Line, $"record {anchor.Sequence} of {anchor.Component} is not the one anchored here"));
            }
        }
    }

    private AuditFault? Check(string file, AuditRawLine line)
    {
        if (!line.IsWhole)
        {
            return new AuditFault(file, line.Number, "the last line is torn (no newline)");
        }

        if (AuditLine.Verify(line.Bytes.Span) is not { } hash)
        {
            return new AuditFault(file, line.Number, "the line does not match its hash: it was edited");
        }

        try
        {
            using var json = JsonDocument.Parse(line.Bytes);
            var root = json.RootElement;
            if (root.GetProperty("prev").GetString() != previous || root.GetProperty("seq").GetInt64() != sequence + 1
                || root.GetProperty("component").GetString() != component)
            {
                return new AuditFault(file, line.Number, $"the line does not follow record {sequence}: lines were deleted, inserted or reordered");
            }

            Remember(file, line.Number, root, hash);
            return null;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            return new AuditFault(file, line.Number, $"the line is not a record: {error.Message}");
        }
    }

    private void Remember(string file, int line, JsonElement root, string hash)
    {
        (previous, sequence) = (hash, sequence + 1);
        hashes[sequence] = hash;
        Records++;
        if (root.GetProperty("kind").GetString() == AuditKinds.Anchor)
        {
            var facts = root.GetProperty("facts");
            anchors.Add((file, line, facts.GetProperty("component").GetString()!, facts.GetProperty("sequence").GetInt64(), facts.GetProperty("hash").GetString()!));
        }
    }

    private string Name(int segment) => $"{component}/{Path.GetFileName(AuditSegments.PathOf(directory, segment))}";
}

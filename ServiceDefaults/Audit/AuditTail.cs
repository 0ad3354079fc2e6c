using System.Text;
using System.Text.Json;

namespace SecureAgent.ServiceDefaults.Audit;

/// <summary>The last whole record of a segment, and how many torn bytes stand after it (a crash in mid-write).</summary>
internal sealed record AuditTail(long Sequence, string Hash, long WholeLength, long TornBytes)
{
    public static AuditTail Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var whole = LastNewline(file, file.Length);
        if (whole == 0)
        {
            return new AuditTail(0, AuditLine.NoHash, 0, file.Length);
        }

        var start = LastNewline(file, whole - 1);
        var line = new byte[whole - 1 - start];
        file.Position = start;
        file.ReadExactly(line);
        using var json = JsonDocument.Parse(line);
        var hash = AuditLine.Verify(line) ?? throw new InvalidDataException($"the last record of {path} does not match its hash");
        return new AuditTail(json.RootElement.GetProperty("seq").GetInt64(), hash, whole, file.Length - whole);
    }

    /// <summary>Offset just after the last newline before <paramref name="end"/>; 0 when there is none.</summary>
    private static long LastNewline(FileStream file, long end)
    {
        Span<byte> block = stackalloc byte[4096];
        while (end > 0)
        {
            var length = (int)Math.Min(block.Length, end);
            file.Position = end - length;
            file.ReadExactly(block[..length]);
            var at = block[..length].LastIndexOf((byte)'\n');
            if (at >= 0)
            {
                return end - length + at + 1;
            }

            end -= length;
        }

        return 0;
    }
}

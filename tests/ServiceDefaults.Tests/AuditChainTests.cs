using SecureAgent.Policy;
using SecureAgent.ServiceDefaults.Audit;

namespace SecureAgent.ServiceDefaults.Tests;

public sealed class AuditChainTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("sa-audit-").FullName;

    [Fact]
    public async Task Log_WrittenByTwoBoots_Verifies()
    {
        await WriteAsync(3);
        await WriteAsync(2);

        var result = AuditVerifier.Verify(root);

        Assert.Empty(result.Faults);
        Assert.Equal(7, result.Records);
    }

    [Theory]
    [InlineData("edit")]
    [InlineData("delete")]
    [InlineData("insert")]
    [InlineData("swap")]
    [InlineData("truncate")]
    [InlineData("cut-last")]
    public async Task Line_TamperedWith_IsNamed(string how)
    {
        await WriteAsync(6);
        var file = Path.Combine(root, "test", "00000001.jsonl");
        var lines = (await File.ReadAllLinesAsync(file)).ToList();
        var expected = Tamper(lines, how);
        await File.WriteAllTextAsync(file, string.Concat(lines.Select(line => line + "\n")));

        var fault = Assert.Single(AuditVerifier.Verify(root).Faults);

        Assert.Equal("test/00000001.jsonl", fault.File);
        Assert.Equal(expected, fault.Line);
    }

    [Fact]
    public async Task Segment_Removed_IsFound()
    {
        await WriteAsync(1);
        await WriteAsync(1);
        File.Delete(Path.Combine(root, "test", "00000002.jsonl"));

        Assert.Contains(AuditVerifier.Verify(root).Faults, fault => fault.Message.Contains("cut off", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_RemovedAsAWhole_IsFound()
    {
        await WriteAsync(1);
        Directory.Delete(Path.Combine(root, "test"), recursive: true);

        Assert.Contains(AuditVerifier.Verify(root).Faults, fault => fault.Message.Contains("gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Chain_RewrittenWithValidHashes_DisagreesWithItsHead()
    {
        await WriteAsync(3);
        var head = await File.ReadAllTextAsync(Path.Combine(root, "test", "head.json"));
        Directory.Delete(Path.Combine(root, "test"), recursive: true);
        await WriteAsync(3);
        await File.WriteAllTextAsync(Path.Combine(root, "test", "head.json"), head);

        Assert.NotEmpty(AuditVerifier.Verify(root).Faults);
    }

    [Fact]
    public async Task Record_WithForgedNewline_StaysOneLine()
    {
        using (var log = Open())
        {
            await log.AppendDurableAsync(new AuditEntry(AuditKinds.Decision, AuditPlanes.Files) { Session = "s", Subject = "a\n{\"seq\":99}\r\n\u001b[2J" });
        }

        var record = AuditReader.ReadSession(root, AuditPosition.Start, "s").Single();

        Assert.Equal("a\n{\"seq\":99}\r\n\u001b[2J", record.Subject);
        Assert.DoesNotContain('\u001b', record.Json);
        Assert.True(AuditVerifier.Verify(root).IsValid);
    }

    [Fact]
    public async Task Log_TornByACrash_IsRecoveredAndSaysSo()
    {
        await WriteAsync(2);
        await File.AppendAllTextAsync(Path.Combine(root, "test", "00000001.jsonl"), "{\"seq\":4,\"ti");
        await WriteAsync(1);

        Assert.True(AuditVerifier.Verify(root).IsValid);
        Assert.Contains(AuditReader.Read(root, AuditPosition.Start), record => record.Kind == AuditKinds.Recovered && record.Number("tornBytes") == 12);
    }

    [Fact]
    public async Task Verification_FromAMark_ChecksOnlyWhatCameAfter()
    {
        await WriteAsync(4);
        var mark = AuditReader.Capture(root);
        await WriteAsync(2);

        var result = AuditVerifier.Verify(root, mark);

        Assert.True(result.IsValid);
        Assert.Equal(3, result.Records);
    }

    public void Dispose() => Directory.Delete(root, recursive: true);

    private static int Tamper(List<string> lines, string how)
    {
        switch (how)
        {
            case "edit":
                lines[3] = lines[3].Replace("file-2", "file-9", StringComparison.Ordinal);
                return 4;
            case "delete":
                lines.RemoveAt(3);
                return 4;
            case "insert":
                lines.Insert(3, lines[2]);
                return 4;
            case "swap":
                (lines[3], lines[4]) = (lines[4], lines[3]);
                return 4;
            case "truncate":
                lines[6] = lines[6][..^10];
                return 7;
            default:
                lines.RemoveAt(6);
                return 7;
        }
    }

    private AuditLog Open() => AuditLog.Open(root, new AuditOrigin("test", "b-1"), TimeProvider.System);

    private async Task WriteAsync(int records)
    {
        using var log = Open();
        for (var i = 0; i < records; i++)
        {
            await log.AppendDurableAsync(new AuditEntry(AuditKinds.Decision, AuditPlanes.Files)
            {
                Session = "s-1",
                Subject = $"file-{i}",
                Decision = Decision.Allow(new RuleRef("files[0]", "allow **", 7)),
                Facts = [AuditFact.Of("bytes", i), AuditFact.Of("hash", "ab"), AuditFact.Of("cached", false)],
            });
        }
    }
}

using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary>Archives hold what the session may read, as it may read it, and nothing else.</summary>
public sealed class ArchiveTests
{
    private const string Token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";

    [Theory]
    [InlineData("zip")]
    [InlineData("tar.gz")]
    public async Task Archive_OfTheRoot_HoldsWhatMayBeRead(string format)
    {
        await using var gate = await OpenAsync();

        var entries = Unpack(format, await gate.Http.GetByteArrayAsync($"/v1/archive?format={format}"));

        Assert.Equal(["a.txt", "big.bin", "dir/b.txt"], entries.Keys);
        Assert.Equal("one", Encoding.UTF8.GetString(entries["a.txt"]));
        Assert.Equal(Big(), entries["big.bin"]);
        Assert.DoesNotContain(Token[10..], Encoding.UTF8.GetString(entries["dir/b.txt"]), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar.gz")]
    public async Task Archive_OfTheSameContent_IsTheSameBytesOnEverySurface(string format)
    {
        await using var gate = await OpenAsync();
        var first = await gate.Http.GetByteArrayAsync($"/v1/archive?format={format}");
        File.SetLastWriteTimeUtc(Path.Combine(gate.Workspace, "a.txt"), new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc));

        Assert.Equal(first, await GrpcAsync(gate, "", format));

        File.WriteAllText(Path.Combine(gate.Workspace, "a.txt"), "two");
        Assert.NotEqual(first, await GrpcAsync(gate, "", format));
    }

    [Fact]
    public async Task Archive_EveryFile_IsRecordedAsARead()
    {
        await using var gate = await OpenAsync();

        await GrpcAsync(gate, "dir", "zip");

        Assert.Contains(gate.Records(), record => record.Facts.GetValueOrDefault("op") == "archive" && record.Subject == "dir" && record.IsAllowed);
        Assert.Contains(gate.Records(), record => record.Facts.GetValueOrDefault("op") == "read" && record.Subject == "dir/b.txt" && record.Number("masked") == 1);
        Assert.DoesNotContain(gate.Records(), record => record.Subject == "dir/no.pem");
    }

    [Theory]
    [InlineData("../x", "zip", "path_escapes")]
    [InlineData("none", "zip", "not_found")]
    [InlineData("", "rar", "request_malformed")]
    public async Task Archive_ThatMayNotBe_IsRefused(string path, string format, string reason)
    {
        await using var gate = await OpenAsync();

        var refused = await Assert.ThrowsAsync<RpcException>(() => GrpcAsync(gate, path, format));

        Assert.Equal(reason, GateAnswers.ReasonOf(refused));
        Assert.NotEmpty(await GrpcAsync(gate, "dir", "zip"));
    }

    [Theory]
    [InlineData("zip")]
    [InlineData("tar.gz")]
    public async Task Archive_OverTheBudget_IsCutAndNeverLooksWhole(string format)
    {
        await using var gate = await OpenAsync("allow: ['**'], budget: 100KiB");

        var aborted = await Assert.ThrowsAsync<RpcException>(() => GrpcAsync(gate, "", format));
        Assert.Equal(StatusCode.Aborted, aborted.StatusCode);
        await Assert.ThrowsAnyAsync<Exception>(() => gate.Http.GetByteArrayAsync($"/v1/archive?format={format}"));
        Assert.NotEmpty(await GrpcAsync(gate, "dir", format));
    }

    private static Task<GateScenario> OpenAsync(string grant = "allow: ['**'], deny: ['**/*.pem']") => GateScenario.OpenAsync(GateScenario.Policy(grant), gate =>
    {
        gate.Write("a.txt", "one");
        gate.Write("big.bin", Big());
        gate.Write("dir/b.txt", $"token = {Token}\n");
        gate.Write("dir/no.pem", "denied");
        gate.Write(".hidden", "hidden");
        File.CreateSymbolicLink(Path.Combine(gate.Workspace, "link"), "/etc/passwd");
    });

    private static byte[] Big() => [.. Enumerable.Range(0, 300_000).Select(at => (byte)(at * 31 / 7))];

    private static async Task<byte[]> GrpcAsync(GateScenario gate, string path, string format)
    {
        using var call = gate.Grpc.Archive(new ArchiveRequest { Path = path, Format = format });
        var bytes = new MemoryStream();
        await foreach (var chunk in call.ResponseStream.ReadAllAsync())
        {
            chunk.Data.WriteTo(bytes);
        }

        return bytes.ToArray();
    }

    private static Dictionary<string, byte[]> Unpack(string format, byte[] archive)
    {
        var entries = new Dictionary<string, byte[]>();
        if (format == "zip")
        {
            using var zip = new ZipArchive(new MemoryStream(archive));
            foreach (var entry in zip.Entries)
            {
                using var content = entry.Open();
                entries[entry.FullName] = Bytes(content);
            }

            return entries;
        }

        using var tar = new TarReader(new GZipStream(new MemoryStream(archive), CompressionMode.Decompress));
        while (tar.GetNextEntry() is { } entry)
        {
            entries[entry.Name] = Bytes(entry.DataStream ?? Stream.Null);
        }

        return entries;
    }

    private static byte[] Bytes(Stream content)
    {
        var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }
}

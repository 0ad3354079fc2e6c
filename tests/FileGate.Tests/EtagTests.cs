using System.Diagnostics;
using System.IO.MemoryMappedFiles;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Tests;

/// <summary>An etag is the SHA-256 of a file's content as the session reads it, whatever else becomes of the file.</summary>
public sealed class EtagTests
{
    private const string Raw = "allow: ['**'], redact: 'off', maxFile: 1GiB, access: write";
    private const int Large = 300_000;

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(FileReader.ChunkBytes)]
    [InlineData(Large)]
    public async Task Etag_OnEverySurface_IsTheHashOfTheContent(int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", content));
        var expected = Hash(content);

        using var get = await gate.Http.GetAsync("/v1/files/f");
        using var head = await SendAsync(gate, new HttpRequestMessage(HttpMethod.Head, "/v1/files/f"));
        using var call = gate.Grpc.Read(new ReadRequest { Path = "f" });
        var first = await call.ResponseStream.ReadAllAsync().FirstAsync();
        using var stat = JsonDocument.Parse(await gate.Http.GetStringAsync("/v1/stat/f"));
        using var put = await gate.Http.PutAsync("/v1/files/copy", new ByteArrayContent(content));

        Assert.Equal(
            [expected, expected, expected, expected, expected],
            [TagOf(get), TagOf(head), first.Entry.Etag, stat.RootElement.GetProperty("etag").GetString(), TagOf(put)]);
        Assert.All((await gate.Grpc.ListAsync(new ListRequest())).Entries, entry => Assert.Empty(entry.Etag));
        if (size > 0)
        {
            using var part = await SendAsync(gate, Ranged("/v1/files/f", size - 5, ifRange: expected));
            Assert.Equal((HttpStatusCode.PartialContent, expected), (part.StatusCode, TagOf(part)));
        }
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Large)]
    public async Task Etag_OfTheSameContent_OutlivesTouchAndCopy(int size)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", RandomNumberGenerator.GetBytes(size)));
        var (path, etag) = (Path.Combine(gate.Workspace, "f"), await StatAsync(gate, "f"));

        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch.AddYears(40));
        File.Copy(path, Path.Combine(gate.Workspace, "copy"));
        File.Move(path, Path.Combine(gate.Workspace, "g"));
        using var again = await SendAsync(gate, Known("/v1/files/g", etag));

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(etag, await StatAsync(gate, "copy"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(Large)]
    public async Task Etag_OfOtherBytesWithTheOldTime_IsAnother(int size)
    {
        var content = RandomNumberGenerator.GetBytes(size);
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", content));
        var (path, etag) = (Path.Combine(gate.Workspace, "f"), await StatAsync(gate, "f"));
        var time = File.GetLastWriteTimeUtc(path);

        content[size / 2] ^= 1;
        await File.WriteAllBytesAsync(path, content);
        File.SetLastWriteTimeUtc(path, time);
        using var whole = await SendAsync(gate, Known("/v1/files/f", etag));
        using var part = await SendAsync(gate, Ranged("/v1/files/f", size - 5, ifRange: etag));

        Assert.Equal((HttpStatusCode.OK, Hash(content)), (whole.StatusCode, TagOf(whole)));
        Assert.Equal((HttpStatusCode.OK, size), (part.StatusCode, (await part.Content.ReadAsByteArrayAsync()).Length));
    }

    [Theory]
    [InlineData("mask", true)]
    [InlineData("off", false)]
    public async Task Etag_OfAMaskedSecret_TellsNothingOfIt(string redact, bool isSame)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy($"allow: ['**'], redact: '{redact}'"), scenario =>
        {
            scenario.Write("one", "API_KEY=q7Gd93kfLw02mZx8Tb4RvN61\n");
            scenario.Write("two", "API_KEY=h3Xs75ndPq41cYk9Wj6MuE28\n");
        });

        Assert.Equal(isSame, await StatAsync(gate, "one") == await StatAsync(gate, "two"));
        foreach (var name in new[] { "one", "two" })
        {
            Assert.Equal(Hash((await gate.ReadGrpcAsync(name)).Bytes), await StatAsync(gate, name));
        }
    }

    [Fact]
    public async Task Etag_OfWhatMayNotBeRead_IsNotTold()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy("allow: ['**'], redact: block, maxFile: 100B, types: [text]"), scenario =>
        {
            scenario.Write("secret", "API_KEY=q7Gd93kfLw02mZx8Tb4RvN61\n");
            scenario.Write("large", new string('x', 101));
            scenario.Write("program", [0x7F, (byte)'E', (byte)'L', (byte)'F', 0, 1, 2]);
            scenario.Write("text", "text\n");
        });

        Assert.Equal(["", "", "", Hash("text\n"u8)], [await StatAsync(gate, "secret"), await StatAsync(gate, "large"), await StatAsync(gate, "program"), await StatAsync(gate, "text")]);
    }

    /// <summary>Such a file is not hashed before its first byte; its etag comes after its last.</summary>
    [Fact]
    public async Task Etag_OfAHugeFile_ComesWithItsEnd()
    {
        const long Size = ContentTags.MaxBytes + 1;
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario =>
        {
            using var file = File.Create(Path.Combine(scenario.Workspace, "huge"));
            file.SetLength(Size);
        });
        using var call = gate.Grpc.Read(new ReadRequest { Path = "huge" });
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        ReadChunk? first = null, last = null;
        await foreach (var chunk in call.ResponseStream.ReadAllAsync())
        {
            hash.AppendData(chunk.Data.Span);
            (first, last) = (first ?? chunk, chunk);
        }

        using var part = await SendAsync(gate, Ranged("/v1/files/huge", Size - 5, ifRange: last!.Etag));

        Assert.Equal(("", "", Convert.ToHexStringLower(hash.GetHashAndReset())), (first!.Entry.Etag, first.Etag, last.Etag));
        Assert.Equal(Size, part.Content.Headers.ContentLength!.Value + (part.StatusCode == HttpStatusCode.OK ? 0 : Size - 5));
    }

    [Theory]
    [InlineData("\"{0}\"", 200)]
    [InlineData("\"other\", \"{0}\"", 200)]
    [InlineData("*", 200)]
    [InlineData("W/\"{0}\"", 412)]
    [InlineData("\"other\"", 412)]
    [InlineData("{0}", 412)]
    public async Task IfMatch_OfAChange_IsOfTheContent(string header, int status)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", "one"));
        File.SetLastWriteTimeUtc(Path.Combine(gate.Workspace, "f"), DateTime.UnixEpoch);
        using var request = new HttpRequestMessage(HttpMethod.Put, "/v1/files/f") { Content = new StringContent("two") };
        request.Headers.TryAddWithoutValidation("If-Match", header.Replace("{0}", Hash("one"u8), StringComparison.Ordinal));

        using var response = await gate.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? "two" : "one", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "f")));
    }

    [Theory]
    [InlineData("\"{0}\"", "one")]
    [InlineData("W/\"{0}\"", "one")]
    [InlineData("\"other\", \"{0}\"", "one")]
    [InlineData("*", "one")]
    [InlineData("no etag", "one")]
    [InlineData("\"other\"", "two")]
    public async Task IfNoneMatch_OfAChange_KeepsWhatItNames(string header, string left)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", "one"));
        foreach (var path in new[] { "f", "new" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/v1/files/{path}") { Content = new StringContent("two") };
            request.Headers.TryAddWithoutValidation("If-None-Match", header.Replace("{0}", Hash("one"u8), StringComparison.Ordinal));
            using var response = await gate.Http.SendAsync(request);
            Assert.Equal(path == "new" ? 201 : left == "two" ? 200 : 412, (int)response.StatusCode);
        }

        Assert.Equal([left, "two"], [await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "f")), await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "new"))]);
    }

    [Theory]
    [InlineData("Content-Range", "bytes 1-3/10", 400)]
    [InlineData("Content-Encoding", "gzip", 400)]
    [InlineData("Content-Encoding", "identity", 200)]
    public async Task Put_OfAPartOrOfCodedContent_LeavesTheFile(string header, string value, int status)
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", "one"));
        using var content = new StringContent("two");
        content.Headers.TryAddWithoutValidation(header, value);

        using var response = await gate.Http.PutAsync("/v1/files/f", content);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal(status == 200 ? "two" : "one", await File.ReadAllTextAsync(Path.Combine(gate.Workspace, "f")));
    }

    /// <summary>Conditions in the order of RFC 9110 §13.2.2, of files of one chunk and of more.</summary>
    [Theory]
    [InlineData("GET", "If-Match: \"{0}\"", 200)]
    [InlineData("GET", "If-Match: *", 200)]
    [InlineData("GET", "If-Match: \"other\"", 412)]
    [InlineData("HEAD", "If-Match: \"other\"", 412)]
    [InlineData("GET", "If-Match: \"other\"|Range: bytes=0-4", 412)]
    [InlineData("GET", "If-Match: \"{0}\"|Range: bytes=0-4", 206)]
    [InlineData("GET", "If-Match: \"{0}\"|If-None-Match: \"{0}\"", 304)]
    [InlineData("GET", "If-None-Match: W/\"{0}\"", 304)]
    [InlineData("GET", "If-None-Match: \"other\", \"{0}\"", 304)]
    [InlineData("GET", "If-None-Match: *", 304)]
    [InlineData("GET", "If-None-Match: \"other\"", 200)]
    [InlineData("GET", "If-None-Match: \"{0}\"|Range: bytes=0-4", 304)]
    [InlineData("GET", "If-None-Match: \"{0}\"|Range: bytes=900000-", 304)]
    [InlineData("GET", "If-None-Match: \"other\"|Range: bytes=900000-", 416)]
    [InlineData("GET", "If-Range: \"{0}\"|Range: bytes=0-4", 206)]
    [InlineData("GET", "If-Range: \"{0}\"|Range: bytes=900000-", 416)]
    [InlineData("GET", "If-Range: W/\"{0}\"|Range: bytes=0-4", 200)]
    [InlineData("GET", "If-Range: \"other\"|Range: bytes=900000-", 200)]
    [InlineData("GET", "If-Range: Mon, 30 Nov 2026 10:00:00 GMT|Range: bytes=0-4", 200)]
    [InlineData("HEAD", "Range: bytes=0-4", 200)]
    [InlineData("HEAD", "Range: bytes=900000-", 200)]
    [InlineData("HEAD", "If-None-Match: \"{0}\"|Range: lines=1-2", 304)]
    public async Task Conditions_OfARead_ComeBeforeItsRange(string method, string headers, int status)
    {
        foreach (var size in new[] { 10, Large })
        {
            var content = RandomNumberGenerator.GetBytes(size);
            await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", content));
            using var request = new HttpRequestMessage(new HttpMethod(method), "/v1/files/f");
            foreach (var header in headers.Replace("{0}", Hash(content), StringComparison.Ordinal).Split('|').Select(line => line.Split(": ", 2)))
            {
                request.Headers.TryAddWithoutValidation(header[0], header[1]);
            }

            using var response = await gate.Http.SendAsync(request);

            Assert.Equal((size, status), (size, (int)response.StatusCode));
            Assert.Equal(status switch { 206 => $"bytes 0-4/{size}", 416 => $"bytes */{size}", _ => null }, response.Content.Headers.ContentRange?.ToString());
            if (method == "HEAD" && status == 200)
            {
                Assert.Equal(size, response.Content.Headers.ContentLength);
            }
        }
    }

    [Fact]
    public async Task ExpectedEtag_OfContentTheHostChangedAndChangedBack_IsNoConflict()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", "one"));
        gate.Write("f", "two");
        var changed = new ChangeRequest { Path = "f", Content = ByteString.CopyFromUtf8("three"), ExpectedEtag = Hash("one"u8) };

        var conflict = await Assert.ThrowsAsync<RpcException>(async () => await gate.Grpc.WriteAsync(changed));
        gate.Write("f", "one");
        var written = await gate.Grpc.WriteAsync(changed);

        Assert.Equal("change_conflict", GateAnswers.ReasonOf(conflict));
        Assert.Equal(Hash("three"u8), written.Etag);
    }

    /// <summary>The file is rewritten in place all the while. The control hashes it and reads it then, as a gate would that trusts its first look.</summary>
    [Fact]
    public async Task Etag_OfAFileRewrittenWhileItIsRead_IsOfWhatWasDelivered()
    {
        byte[][] versions = [new byte[Large], [.. Enumerable.Repeat((byte)1, Large)]];
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", versions[0]));
        var path = Path.Combine(gate.Workspace, "f");
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var writing = Task.Run(() =>
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            for (var turn = 0; !stop.IsCancellationRequested; turn++)
            {
                RandomAccess.Write(file, versions[turn % 2], 0);
            }
        });
        var (lies, tagged, naive) = (0, 0, 0);
        for (var attempt = 0; (attempt < 300 || tagged == 0 || naive == 0) && !stop.IsCancellationRequested; attempt++)
        {
            try
            {
                using var response = await gate.Http.GetAsync("/v1/files/f");
                var body = await response.Content.ReadAsByteArrayAsync();
                tagged += response.Headers.ETag is null ? 0 : 1;
                lies += response.Headers.ETag is not null && TagOf(response) != Hash(body) ? 1 : 0;
            }
            catch (HttpRequestException)
            {
                // Cut: what it said at first was no longer so.
            }

            var before = Hash(await File.ReadAllBytesAsync(path));
            naive += before == Hash(await File.ReadAllBytesAsync(path)) ? 0 : 1;
        }

        await stop.CancelAsync();
        await writing;
        Assert.Equal((0, true, true), (lies, tagged > 0, naive > 0));
    }

    /// <summary>Stores through a memory map need not change the file's times, so that what is remembered of it may be wrong. The answer that shows it is cut, the next is right.</summary>
    [Fact]
    public async Task Etag_OfAFileChangedThroughAMemoryMap_IsNeverOfOtherBytes()
    {
        await using var gate = await GateScenario.OpenAsync(GateScenario.Policy(Raw), scenario => scenario.Write("f", new byte[Large]));
        using var map = MemoryMappedFile.CreateFromFile(Path.Combine(gate.Workspace, "f"), FileMode.Open, null, Large, MemoryMappedFileAccess.ReadWrite);
        using var view = map.CreateViewAccessor();
        view.Write(0, (byte)1);
        var rested = Stopwatch.StartNew();
        while (rested.Elapsed < TimeSpan.FromSeconds(2.2))
        {
            Assert.Equal(Hash((await gate.ReadGrpcAsync("f")).Bytes), await StatAsync(gate, "f"));
        }

        view.Write(0, (byte)2);
        var answers = new List<bool>();
        foreach (var _ in Enumerable.Range(0, 2))
        {
            try
            {
                using var response = await gate.Http.GetAsync("/v1/files/f");
                answers.Add(TagOf(response) == Hash(await response.Content.ReadAsByteArrayAsync()));
            }
            catch (HttpRequestException)
            {
                // Cut.
            }
        }

        Assert.NotEmpty(answers);
        Assert.All(answers, Assert.True);
    }

    internal static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexStringLower(SHA256.HashData(content));

    private static async Task<string> StatAsync(GateScenario gate, string path) => (await gate.Grpc.StatAsync(new StatRequest { Path = path })).Etag;

    private static string? TagOf(HttpResponseMessage response) => response.Headers.ETag?.Tag.Trim('"');

    private static Task<HttpResponseMessage> SendAsync(GateScenario gate, HttpRequestMessage request) => gate.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);

    private static HttpRequestMessage Known(string target, string etag) => new(HttpMethod.Get, target) { Headers = { IfNoneMatch = { new EntityTagHeaderValue($"\"{etag}\"") } } };

    private static HttpRequestMessage Ranged(string target, long from, string ifRange) => new(HttpMethod.Get, target)
    {
        Headers = { Range = new RangeHeaderValue(from, null), IfRange = new RangeConditionHeaderValue($"\"{ifRange}\"") },
    };
}

using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;

namespace SecureAgent.FileGate.Tests;

/// <summary>Whole files, ranges and versions, over both surfaces.</summary>
public sealed class ReadTests(ReadableWorkspace readable) : IClassFixture<ReadableWorkspace>
{
    private GateScenario Gate => readable.Gate;

    [Theory]
    [InlineData("empty.bin")]
    [InlineData("one.bin")]
    [InlineData("chunk.bin")]
    [InlineData("chunk-and-one.bin")]
    [InlineData("big.bin")]
    public async Task File_ReadWhole_IsTheSameOnBothSurfaces(string name)
    {
        var expected = await File.ReadAllBytesAsync(Path.Combine(Gate.Workspace, name));

        var (overGrpc, _) = await Gate.ReadGrpcAsync(name);
        using var overHttp = await Gate.Http.GetAsync($"/v1/files/{name}");

        Assert.Equal(SHA256.HashData(expected), SHA256.HashData(overGrpc));
        Assert.Equal(expected.Length, overHttp.Content.Headers.ContentLength);
        Assert.Equal(SHA256.HashData(expected), SHA256.HashData(await overHttp.Content.ReadAsByteArrayAsync()));
        var hash = Convert.ToHexStringLower(SHA256.HashData(expected));
        var records = await Gate.RecordsAsync(records => records.Count(record => record.Subject == name && record.Facts.GetValueOrDefault("sha256") == hash) == 2);
        records = [.. records.Where(record => record.Subject == name)];
        Assert.Equal(2, records.Count(record => record.Kind == "decision" && record.IsAllowed && record.Number("bytes") == expected.Length));
        Assert.Equal(2, records.Count(record => record.Facts.GetValueOrDefault("sha256") == hash));
    }

    [Theory]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=0-9", 0, 10)]
    [InlineData("bytes=10-", 10, 90)]
    [InlineData("bytes=99-99", 99, 1)]
    [InlineData("bytes=50-1000", 50, 50)]
    [InlineData("bytes=-1", 99, 1)]
    [InlineData("bytes=-1000", 0, 100)]
    public async Task Range_WithinTheFile_IsDelivered(string header, int offset, int length)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files/hundred.bin") { Headers = { Range = RangeHeaderValue.Parse(header) } };
        using var response = await Gate.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal($"bytes {offset}-{offset + length - 1}/100", response.Content.Headers.ContentRange!.ToString());
        Assert.Equal(ReadableWorkspace.Hundred[offset..(offset + length)], await response.Content.ReadAsByteArrayAsync());
        var (overGrpc, _) = await Gate.ReadGrpcAsync("hundred.bin", offset, length);
        Assert.Equal(ReadableWorkspace.Hundred[offset..(offset + length)], overGrpc);
    }

    [Theory]
    [InlineData("bytes=100-")]
    [InlineData("bytes=100-101")]
    [InlineData("bytes=9-8")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=0-1,5-6")]
    [InlineData("bytes=x")]
    [InlineData("bytes=99999999999999999999-")]
    [InlineData("lines=1-2")]
    public async Task Range_OutsideTheFileOrNotOne_IsRefused(string header)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files/hundred.bin");
        request.Headers.TryAddWithoutValidation("Range", header);
        using var response = await Gate.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, response.StatusCode);
        Assert.Equal("range_invalid", await GateAnswers.ReasonOfAsync(response));
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, -1)]
    [InlineData(100, 0)]
    [InlineData(100, 1)]
    [InlineData(long.MaxValue, 1)]
    public async Task Range_OverGrpcOutsideTheFile_IsOutOfRange(long offset, long length)
    {
        var refused = await Assert.ThrowsAsync<RpcException>(() => Gate.ReadGrpcAsync("hundred.bin", offset, length));

        Assert.Equal(StatusCode.OutOfRange, refused.StatusCode);
        Assert.Equal("range_invalid", GateAnswers.ReasonOf(refused));
    }

    [Fact]
    public async Task Range_LongerThanTheFileOverGrpc_EndsWithTheFile() =>
        Assert.Equal(ReadableWorkspace.Hundred[1..], (await Gate.ReadGrpcAsync("hundred.bin", 1, long.MaxValue)).Bytes);

    [Fact]
    public async Task Range_AcrossChunks_IsDelivered()
    {
        var whole = await File.ReadAllBytesAsync(Path.Combine(Gate.Workspace, "big.bin"));

        var (bytes, chunks) = await Gate.ReadGrpcAsync("big.bin", 131_000, 400_000);

        Assert.Equal(whole[131_000..531_000], bytes);
        Assert.Equal(4, chunks);
    }

    [Fact]
    public async Task Etag_Unchanged_SavesTheBytes()
    {
        using var first = await Gate.Http.GetAsync("/v1/files/hundred.bin");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files/hundred.bin") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await Gate.Http.SendAsync(request);
        var stat = await Gate.Grpc.StatAsync(new StatRequest { Path = "hundred.bin" });

        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
        Assert.Equal($"\"{stat.Etag}\"", first.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task Etag_OfAFileRewrittenInPlace_Changes()
    {
        var path = Gate.Write("changing.txt", "one");
        using var first = await Gate.Http.GetAsync("/v1/files/changing.txt");
        await File.WriteAllTextAsync(path, "two");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files/changing.txt") { Headers = { IfNoneMatch = { first.Headers.ETag! } } };
        using var second = await Gate.Http.SendAsync(request);

        Assert.Equal("two", await second.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task IfRange_OfAnotherVersion_GivesTheWholeFile()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/files/hundred.bin") { Headers = { Range = new RangeHeaderValue(5, 6) } };
        request.Headers.IfRange = new RangeConditionHeaderValue("\"older\"");
        using var response = await Gate.Http.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(100, (await response.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task Head_OfAFile_TellsItsSizeAndReleasesNothing()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, "/v1/files/big.bin");
        using var response = await Gate.Http.SendAsync(request);

        Assert.Equal(ReadableWorkspace.BigBytes, response.Content.Headers.ContentLength);
        Assert.Empty(await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Refusal_OverHttp_SaysWhatToAsk()
    {
        using var response = await Gate.Http.GetAsync("/v1/files/denied/x");

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
        var body = await response.Content.ReadAsStringAsync();
        Assert.Contains("\"reason\":\"denied_by_rule\"", body, StringComparison.Ordinal);
        Assert.Contains("files[0].deny[0]", body, StringComparison.Ordinal);
        Assert.DoesNotContain(Gate.Outside, body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("POST", "/v1/files/hundred.bin", HttpStatusCode.MethodNotAllowed)]
    [InlineData("GET", "/v1/filesx/hundred.bin", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v2/files/hundred.bin", HttpStatusCode.NotFound)]
    [InlineData("GET", "/health", HttpStatusCode.NotFound)]
    [InlineData("POST", "/secureagent.gate.v1.GateControl/CloseAll", HttpStatusCode.NotFound)]
    public async Task Request_OfNoSurface_IsNotServed(string method, string target, HttpStatusCode status)
    {
        using var request = GateAnswers.Raw(target, new HttpMethod(method));
        using var response = await Gate.Http.SendAsync(request);

        // The origin guard answers 404 for anything that is not this door's.
        Assert.Contains(response.StatusCode, new[] { status, HttpStatusCode.NotFound });
    }
}

public sealed class ReadableWorkspace : IAsyncLifetime
{
    public const int BigBytes = 5_000_000;

    public static byte[] Hundred { get; } = [.. Enumerable.Range(0, 100).Select(i => (byte)i)];

    public GateScenario Gate { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gate = await GateScenario.OpenAsync(
        GateScenario.Policy("allow: ['**'], deny: ['denied/**']"),
        gate =>
        {
            gate.Write("hundred.bin", Hundred);
            gate.Write("empty.bin", "");
            gate.Write("one.bin", "1");
            gate.Write("chunk.bin", RandomNumberGenerator.GetBytes(128 * 1024));
            gate.Write("chunk-and-one.bin", RandomNumberGenerator.GetBytes((128 * 1024) + 1));
            gate.Write("big.bin", RandomNumberGenerator.GetBytes(BigBytes));
        });

    public ValueTask DisposeAsync() => Gate.DisposeAsync();
}

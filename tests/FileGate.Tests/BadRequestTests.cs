using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using SecureAgent.Contracts.FileGate.V1;
using SecureAgent.Policy;

namespace SecureAgent.FileGate.Tests;

/// <summary>
/// Requests that are none, on every surface: each gets an answer of the closed set that the README documents, and none says where the workspace lies on the host.
/// </summary>
public sealed class BadRequestTests(BadRequestGate bad) : IClassFixture<BadRequestGate>
{
    private const string McpCall = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"%NAME%\",\"arguments\":%ARGUMENTS%}}";

    private static readonly HashSet<string> Reasons = [.. Enum.GetValues<ReasonCode>().Where(code => code != default).Select(code => code.Name())];

    [Theory]
    [InlineData("GET", "/v1/files/none", 404)]
    [InlineData("GET", "/v1/files/dir", 403)]
    [InlineData("GET", "/v1/files/@other/a", 404)]
    [InlineData("GET", "/v1/files/", 400)]
    [InlineData("GET", "/v1/list/none", 404)]
    [InlineData("GET", "/v1/list/a.txt", 404)]
    [InlineData("GET", "/v1/list/?pageSize=x", 400)]
    [InlineData("GET", "/v1/list/?pageSize=1001", 400)]
    [InlineData("GET", "/v1/list/?pageToken=%2500", 400)]
    [InlineData("GET", "/v1/stat/none", 404)]
    [InlineData("GET", "/v1/search/?regex=(", 400)]
    [InlineData("GET", "/v1/search/?regex=(((a%7B1,900%7D)%7B1,900%7D)%7B1,900%7D)%7B1,900%7D", 400)]
    [InlineData("GET", "/v1/search/?glob=%5B", 400)]
    [InlineData("GET", "/v1/search/?limit=-1", 400)]
    [InlineData("GET", "/v1/search/none?glob=*", 404)]
    [InlineData("GET", "/v1/archive/?format=rar", 400)]
    [InlineData("GET", "/v1/archive/none", 404)]
    [InlineData("DELETE", "/v1/files/none", 403)]
    [InlineData("PUT", "/v1/files/a.txt", 403)]
    public async Task HttpRequest_ThatIsNone_GetsADocumentedAnswer(string method, string target, int status)
    {
        using var request = GateAnswers.Raw(target, new HttpMethod(method));
        using var response = await bad.Gate.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Contains(await GateAnswers.ReasonOfAsync(response), Reasons);
        await SaysNothingOfTheHostAsync(response);
    }

    [Theory]
    [InlineData("bytes=900-1000", 416)]
    [InlineData("bytes=3-1", 416)]
    [InlineData("bytes=0-1,3-4", 416)]
    [InlineData("lines=1-2", 416)]
    [InlineData("bytes=0-1", 206)]
    public async Task Range_ThatIsNone_GetsADocumentedAnswer(string range, int status)
    {
        using var request = GateAnswers.Raw("/v1/files/a.txt");
        request.Headers.TryAddWithoutValidation("Range", range);
        using var response = await bad.Gate.Http.SendAsync(request);

        Assert.Equal(status, (int)response.StatusCode);
        await SaysNothingOfTheHostAsync(response);
    }

    [Theory]
    [InlineData("format_disk", "{}")]
    [InlineData("read_text_file", "{}")]
    [InlineData("read_text_file", "{\"path\":7}")]
    [InlineData("read_text_file", "{\"path\":null}")]
    [InlineData("read_text_file", "{\"path\":\"none\"}")]
    [InlineData("read_text_file", "{\"path\":\"a.txt\",\"head\":-1}")]
    [InlineData("read_text_file", "{\"path\":\"a.txt\",\"head\":1,\"tail\":1}")]
    [InlineData("read_text_file", "{\"path\":\"dir\"}")]
    [InlineData("read_multiple_files", "{\"paths\":\"a.txt\"}")]
    [InlineData("list_directory", "{\"path\":\"a.txt\"}")]
    [InlineData("directory_tree", "{\"path\":\"\",\"excludePatterns\":[\"[\"]}")]
    [InlineData("search_files", "{\"path\":\"\",\"pattern\":\"[\"}")]
    [InlineData("get_file_info", "{\"path\":\"../outside\"}")]
    [InlineData("write_file", "{\"path\":\"a.txt\",\"content\":\"x\"}")]
    [InlineData("edit_file", "{\"path\":\"a.txt\",\"edits\":[]}")]
    [InlineData("edit_file", "{\"path\":\"a.txt\",\"edits\":[{\"oldText\":\"x\"}]}")]
    [InlineData("move_file", "{\"source\":\"a.txt\",\"destination\":\"/etc/x\"}")]
    public async Task McpCall_ThatIsNone_IsAnErrorOfTheTool(string tool, string arguments)
    {
        using var response = await PostAsync(McpCall.Replace("%NAME%", tool, StringComparison.Ordinal).Replace("%ARGUMENTS%", arguments, StringComparison.Ordinal));

        var body = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(body.Contains("\"isError\":true", StringComparison.Ordinal) || body.Contains("\"error\":{", StringComparison.Ordinal), body);
        await SaysNothingOfTheHostAsync(response);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("{\"jsonrpc\":\"2.0\"}")]
    public async Task McpMessage_ThatIsNone_IsRefused(string body)
    {
        using var response = await PostAsync(body);

        Assert.InRange((int)response.StatusCode, 400, 499);
        await SaysNothingOfTheHostAsync(response);
    }

    [Fact]
    public async Task Body_LargerThanAny_IsRefused()
    {
        using var response = await PostAsync(new string(' ', (50 << 20) + 1), asksFirst: true);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        await SaysNothingOfTheHostAsync(response);
    }

    [Fact]
    public async Task GrpcRequest_ThatIsNone_GetsADocumentedAnswer()
    {
        (StatusCode Code, Func<Task> Call)[] calls =
        [
            (StatusCode.NotFound, () => bad.Gate.ReadGrpcAsync("none")),
            (StatusCode.PermissionDenied, () => bad.Gate.ReadGrpcAsync("dir")),
            (StatusCode.OutOfRange, () => bad.Gate.ReadGrpcAsync("a.txt", -1)),
            (StatusCode.OutOfRange, () => bad.Gate.ReadGrpcAsync("a.txt", 900)),
            (StatusCode.OutOfRange, () => bad.Gate.ReadGrpcAsync("a.txt", 0, -1)),
            (StatusCode.InvalidArgument, async () => await bad.Gate.Grpc.ListAsync(new ListRequest { PageSize = -1 })),
            (StatusCode.InvalidArgument, async () => await bad.Gate.Grpc.ListAsync(new ListRequest { PageToken = "\0" })),
            (StatusCode.NotFound, async () => await bad.Gate.Grpc.StatAsync(new StatRequest { Path = "none" })),
            (StatusCode.PermissionDenied, async () => await bad.Gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt", MoveTo = "b.txt" })),
            (StatusCode.InvalidArgument, async () => await bad.Gate.Grpc.ProposeAsync(new ChangeRequest { Path = "a.txt" })),
        ];
        foreach (var (code, call) in calls)
        {
            var refused = await Assert.ThrowsAsync<RpcException>(call);
            Assert.Equal(code, refused.StatusCode);
            Assert.Contains(GateAnswers.ReasonOf(refused), Reasons);
            Assert.DoesNotContain(bad.Gate.Outside, refused.Status.Detail + JsonSerializer.Serialize(refused.Trailers.Select(entry => entry.ToString())), StringComparison.Ordinal);
        }
    }

    private Task<HttpResponseMessage> PostAsync(string body, bool asksFirst = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "mcp") { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.Add("Accept", ["application/json", "text/event-stream"]);
        request.Headers.Add("MCP-Protocol-Version", "2025-06-18");
        request.Headers.ExpectContinue = asksFirst;
        return bad.Gate.Http.SendAsync(request);
    }

    private async Task SaysNothingOfTheHostAsync(HttpResponseMessage response)
    {
        var said = response.Headers.ToString() + response.Content.Headers + await response.Content.ReadAsStringAsync();
        Assert.DoesNotContain(bad.Gate.Outside, said, StringComparison.Ordinal);
        Assert.DoesNotContain(AppContext.BaseDirectory, said, StringComparison.Ordinal);
        Assert.DoesNotContain(".cs:line", said, StringComparison.Ordinal);
    }
}

public sealed class BadRequestGate : IAsyncLifetime
{
    public GateScenario Gate { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Gate = await GateScenario.OpenAsync(GateScenario.Policy(), gate =>
    {
        gate.Write("a.txt", "alpha");
        gate.Write("dir/b.txt", "beta");
    });

    public ValueTask DisposeAsync() => Gate.DisposeAsync();
}

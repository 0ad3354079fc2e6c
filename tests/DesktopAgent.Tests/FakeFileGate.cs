using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SecureAgent.DesktopAgent.Tests;

/// <summary>The file gate's HTTP surface over files in memory, with the refusals of a policy that denies <c>.env</c>.</summary>
internal sealed class FakeFileGate : IAsyncDisposable
{
    public const string Denied = """{"error":{"reason":"denied_by_rule","rule":"files[0]","message":"the policy denies this file","ask":"files: …"}}""";

    private readonly WebApplication app;
    private readonly SortedDictionary<string, byte[]> files = new(StringComparer.Ordinal);

    private FakeFileGate(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    public ConcurrentQueue<string> Read { get; } = new();

    public int PageSize { get; set; } = 1000;

    public static async Task<FakeFileGate> StartAsync(params (string Path, string Text)[] files)
    {
        var gate = new FakeFileGate(Servers.Build());
        foreach (var (path, text) in files)
        {
            gate.files[path] = System.Text.Encoding.UTF8.GetBytes(text);
        }

        gate.app.MapGet("/v1/stat/{**path}", (string? path) => Results.Text("{}"));
        gate.app.MapGet("/v1/list/{**path}", gate.List);
        gate.app.MapGet("/v1/files/{**path}", gate.Send);
        await gate.app.StartAsync();
        return gate;
    }

    public void Add(string path, byte[] content) => files[path] = content;

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private IResult List(string? path, string? pageToken)
    {
        var prefix = string.IsNullOrEmpty(path) ? "" : path + "/";
        var names = files.Keys.Where(file => file.StartsWith(prefix, StringComparison.Ordinal) && !file.EndsWith(".env", StringComparison.Ordinal))
            .Select(file => prefix + file[prefix.Length..].Split('/')[0]).Distinct().ToList();
        var from = int.TryParse(pageToken, out var start) ? start : 0;
        var page = names.Skip(from).Take(PageSize).Select(name => (JsonNode)new JsonObject
        {
            ["path"] = name, ["kind"] = files.ContainsKey(name) ? "file" : "directory", ["size"] = files.TryGetValue(name, out var bytes) ? bytes.Length : 0,
            ["modified"] = "2026-01-01T00:00:00Z", ["etag"] = "e",
        });
        var more = from + PageSize < names.Count ? (from + PageSize).ToString(System.Globalization.CultureInfo.InvariantCulture) : null;
        return Results.Text(new JsonObject { ["entries"] = new JsonArray([.. page]), ["nextPageToken"] = more }.ToJsonString(), "application/json");
    }

    private IResult Send(string path)
    {
        Read.Enqueue(path);
        if (path.EndsWith(".env", StringComparison.Ordinal))
        {
            return Results.Text(Denied, "application/json", statusCode: StatusCodes.Status403Forbidden);
        }

        return files.TryGetValue(path, out var bytes)
            ? Results.Bytes(bytes, enableRangeProcessing: true)
            : Results.Text("""{"error":{"reason":"not_found"}}""", "application/json", statusCode: StatusCodes.Status404NotFound);
    }
}

internal static class Servers
{
    public static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        return builder.Build();
    }
}

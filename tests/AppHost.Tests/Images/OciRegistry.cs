using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace SecureAgent.AppHost.Tests.Images;

/// <summary>A registry on loopback (OCI distribution, as much as a pull and a push need), with one small base image.</summary>
internal sealed class OciRegistry : IAsyncDisposable
{
    private const string ManifestType = "application/vnd.oci.image.manifest.v1+json";

    private readonly ConcurrentDictionary<string, byte[]> blobs = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, byte[]> manifests = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, MemoryStream> uploads = new(StringComparer.Ordinal);
    private readonly WebApplication app;

    private OciRegistry(WebApplication app) => this.app = app;

    /// <summary>HOST:PORT.</summary>
    public string Name => new Uri(app.Urls.Single()).Authority;

    public static async Task<OciRegistry> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var registry = new OciRegistry(app);
        app.Run(registry.ServeAsync);
        await app.StartAsync();
        return registry;
    }

    /// <summary>A base image whose only layer is one file.</summary>
    public void AddBase(string repository, string tag)
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, leaveOpen: true))
        {
            writer.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, "etc/base") { DataStream = new MemoryStream("base"u8.ToArray()) });
        }

        var zipped = new MemoryStream();
        using (var zip = new GZipStream(zipped, CompressionMode.Compress, leaveOpen: true))
        {
            zip.Write(tar.ToArray());
        }

        var layer = zipped.ToArray();
        var config = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["Env"] = new JsonArray("PATH=/usr/bin") },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(Digest(tar.ToArray())) },
            ["history"] = new JsonArray(new JsonObject { ["created_by"] = "test" }),
        }.ToJsonString());
        manifests[$"{repository}/{tag}"] = Encoding.UTF8.GetBytes(new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = ManifestType,
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", config),
            ["layers"] = new JsonArray(Descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)),
        }.ToJsonString());
    }

    /// <summary>The manifest that was pushed, its digest, and its configuration.</summary>
    public (string Digest, JsonElement Manifest, JsonElement Config) Pushed(string repository, string tag)
    {
        var manifest = manifests[$"{repository}/{tag}"];
        var parsed = JsonDocument.Parse(manifest).RootElement;
        return (Digest(manifest), parsed, JsonDocument.Parse(blobs[parsed.GetProperty("config").GetProperty("digest").GetString()!]).RootElement);
    }

    /// <summary>Names of the files of a layer.</summary>
    public IReadOnlyList<string> Files(string digest)
    {
        using var reader = new TarReader(new GZipStream(new MemoryStream(blobs[digest]), CompressionMode.Decompress));
        List<string> names = [];
        while (reader.GetNextEntry() is { } entry)
        {
            names.Add(entry.Name);
        }

        return names;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext context)
    {
        var parts = context.Request.Path.Value!.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var repository = parts.Length > 3 ? string.Join('/', parts[1..^2]) : "";
        switch (context.Request.Method, parts.Length > 2 ? parts[^2] : "")
        {
            case ("GET", "") when parts is ["v2"]:
                return;
            case ("GET" or "HEAD", "manifests") when manifests.TryGetValue($"{repository}/{parts[^1]}", out var manifest):
                await AnswerAsync(context, manifest, ManifestType);
                return;
            case ("GET" or "HEAD", "blobs") when blobs.TryGetValue(parts[^1], out var blob):
                await AnswerAsync(context, blob, "application/octet-stream");
                return;
            case ("POST", "blobs"):
                var upload = $"u{uploads.Count}-{RandomNumberGenerator.GetHexString(8)}";
                uploads[upload] = new MemoryStream();
                context.Response.Headers.Location = $"/v2/{string.Join('/', parts[1..^2])}/blobs/uploads/{upload}";
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                return;
            case ("PATCH" or "PUT", "uploads") when uploads.TryGetValue(parts[^1], out var content):
                await context.Request.Body.CopyToAsync(content);
                context.Response.Headers.Location = context.Request.Path.Value;
                context.Response.StatusCode = context.Request.Method == "PATCH" ? StatusCodes.Status202Accepted : Finish(context.Request.Query["digest"].ToString(), content.ToArray());
                return;
            case ("PUT", "manifests"):
                var body = new MemoryStream();
                await context.Request.Body.CopyToAsync(body);
                manifests[$"{repository}/{parts[^1]}"] = body.ToArray();
                context.Response.Headers["Docker-Content-Digest"] = Digest(body.ToArray());
                context.Response.StatusCode = StatusCodes.Status201Created;
                return;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return;
        }
    }

    private int Finish(string digest, byte[] content)
    {
        if (Digest(content) != digest)
        {
            return StatusCodes.Status400BadRequest;
        }

        blobs[digest] = content;
        return StatusCodes.Status201Created;
    }

    private static async Task AnswerAsync(HttpContext context, byte[] content, string type)
    {
        context.Response.ContentType = type;
        context.Response.ContentLength = content.Length;
        context.Response.Headers["Docker-Content-Digest"] = Digest(content);
        if (context.Request.Method == "GET")
        {
            await context.Response.Body.WriteAsync(content);
        }
    }

    private JsonObject Descriptor(string type, byte[] content)
    {
        blobs[Digest(content)] = content;
        return new JsonObject { ["mediaType"] = type, ["digest"] = Digest(content), ["size"] = content.Length };
    }

    private static string Digest(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";
}

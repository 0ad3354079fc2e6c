using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace SecureAgent.FileGate.Mcp;

/// <summary>
/// A <c>tools/call</c> of <c>read_text_file</c> with a path and nothing else, as clients send it most. Anything that is not exactly that, in headers or
/// body, is left to the MCP server, which judges it.
/// </summary>
/// <param name="Id">The request's id as JSON.</param>
/// <param name="IsSelfDescribed">Of a protocol version whose every message says who it is from.</param>
internal sealed record PlainReadCall(string Id, string Path, bool IsSelfDescribed)
{
    private const string SelfDescribed = "2026-07-28";
    private const string Meta = "io.modelcontextprotocol/";

    private static readonly string[] Versions = ["2025-03-26", "2025-06-18", "2025-11-25", SelfDescribed];
    private static readonly string[] Names = ["read_text_file", "read_file"];
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    public static bool MayBe(HttpRequest request)
    {
        var headers = request.Headers;
        return HttpMethods.IsPost(request.Method) && request.ContentType == "application/json" && headers.ContentEncoding.Count == 0
            && headers.Accept.ToString() is var accept
            && accept.Contains("application/json", StringComparison.Ordinal) && accept.Contains("text/event-stream", StringComparison.Ordinal)
            && Versions.Contains(headers["MCP-Protocol-Version"].ToString()) && headers.Origin.Count == 0
            && headers.All(header => !header.Key.StartsWith("Mcp-", StringComparison.OrdinalIgnoreCase) || IsPlain(header.Key, header.Value.ToString()));
    }

    /// <summary>Null when it is anything else.</summary>
    public static PlainReadCall? Parse(in ReadOnlySequence<byte> body, HttpRequest request)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Strict);
            return From(document.RootElement, request.Headers["MCP-Protocol-Version"].ToString());
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Not what is looked for here; the server says what is wrong with it. Half surrogate pairs are an InvalidOperationException.
            return null;
        }
    }

    private static bool IsPlain(string header, string value) => header.ToUpperInvariant() switch
    {
        "MCP-PROTOCOL-VERSION" => true,
        "MCP-METHOD" => value == "tools/call",
        "MCP-NAME" => Names.Contains(value),
        _ => false,
    };

    private static PlainReadCall? From(JsonElement root, string version)
    {
        var isSelfDescribed = version == SelfDescribed;
        return Has(root, "jsonrpc", "id", "method", "params") && root.GetProperty("jsonrpc").ValueEquals("2.0") && root.GetProperty("method").ValueEquals("tools/call")
            && root.GetProperty("id") is { ValueKind: JsonValueKind.Number or JsonValueKind.String } id
            && root.GetProperty("params") is var call && (Has(call, "name", "arguments") || Has(call, "name", "arguments", "_meta"))
            && call.GetProperty("name") is { ValueKind: JsonValueKind.String } name && Names.Contains(name.GetString())
            && call.GetProperty("arguments") is var arguments && Has(arguments, "path")
            && arguments.GetProperty("path") is { ValueKind: JsonValueKind.String } path
            && (!isSelfDescribed || Describes(call, version))
            ? new PlainReadCall(id.GetRawText(), path.GetString()!, isSelfDescribed)
            : null;
    }

    private static bool Describes(JsonElement call, string version) =>
        call.TryGetProperty("_meta", out var meta) && meta.ValueKind == JsonValueKind.Object
        && meta.TryGetProperty(Meta + "protocolVersion", out var said) && said.ValueKind == JsonValueKind.String && said.ValueEquals(version)
        && meta.TryGetProperty(Meta + "clientInfo", out var client) && client.ValueKind == JsonValueKind.Object
        && meta.TryGetProperty(Meta + "clientCapabilities", out var capabilities) && capabilities.ValueKind == JsonValueKind.Object;

    /// <summary>An object of exactly these members.</summary>
    private static bool Has(JsonElement element, params ReadOnlySpan<string> members)
    {
        if (element.ValueKind != JsonValueKind.Object || element.GetPropertyCount() != members.Length)
        {
            return false;
        }

        foreach (var member in members)
        {
            if (!element.TryGetProperty(member, out _))
            {
                return false;
            }
        }

        return true;
    }
}

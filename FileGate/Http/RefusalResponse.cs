using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SecureAgent.FileGate.Access;
using SecureAgent.Policy;

namespace SecureAgent.FileGate.Http;

/// <summary><c>{"error":{"reason","rule","message","ask"}}</c>, the same members on every surface.</summary>
internal sealed record RefusalResponse(Refusal Error)
{
    public static Task WriteAsync(HttpContext context, Refusal refusal)
    {
        context.Response.StatusCode = refusal.Code == ReasonCode.ChangeConflict && EntityTags.AreConditions(context.Request)
            ? StatusCodes.Status412PreconditionFailed
            : RefusalStatus.Of(refusal.Code).Http;
        if (refusal.Size is { } size)
        {
            context.Response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(size);
        }

        return context.Response.WriteAsJsonAsync(new RefusalResponse(refusal), FileGateJson.Default.RefusalResponse);
    }
}

internal sealed record EntryResponse(
    string Path, string Kind, long Size, DateTimeOffset Modified, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Etag)
{
    public static EntryResponse From(Listing.Entry entry) =>
        new(entry.Path, entry.IsDirectory ? "directory" : "file", entry.Size, entry.Modified, entry.Etag);
}

internal sealed record ListResponse(IReadOnlyList<EntryResponse> Entries, string? NextPageToken);

[JsonSerializable(typeof(RefusalResponse))]
[JsonSerializable(typeof(EntryResponse))]
[JsonSerializable(typeof(ListResponse))]
[JsonSerializable(typeof(SearchAnswer))]
[JsonSerializable(typeof(ChangeResponse))]
[JsonSerializable(typeof(ModeRequest))]
[JsonSerializable(typeof(Mcp.TextAnswer))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class FileGateJson : JsonSerializerContext;

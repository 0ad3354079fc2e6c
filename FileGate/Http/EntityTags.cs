using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace SecureAgent.FileGate.Http;

/// <summary>Conditions on the etag a file has now, null when none is known (RFC 9110 §13.1). What is no etag matches none.</summary>
internal static class EntityTags
{
    /// <summary>If-None-Match: whether the client has it already. Null when it did not ask.</summary>
    public static Func<string?, bool>? Known(HttpRequest request) =>
        request.Headers.IfNoneMatch.Count == 0 ? null : etag => request.GetTypedHeaders().IfNoneMatch.Any(tag => Is(tag, etag));

    /// <summary>If-Match: whether it is what the client read. Null when it did not say; a weak etag is of no bytes.</summary>
    public static Func<string?, bool>? Expected(HttpRequest request) =>
        request.Headers.IfMatch.Count == 0 ? null : etag => request.GetTypedHeaders().IfMatch.Any(tag => !tag.IsWeak && Is(tag, etag));

    /// <summary>If-None-Match of a change: nothing may be there. Also when it is no list of etags, of which nothing could be told.</summary>
    public static bool MustBeNew(HttpRequest request) =>
        request.Headers.IfNoneMatch.Count > 0 && request.GetTypedHeaders().IfNoneMatch is var tags && (tags.Count == 0 || tags.Contains(EntityTagHeaderValue.Any));

    /// <summary>Whether a conflict is one with what the client said (RFC 9110 §13.1).</summary>
    public static bool AreConditions(HttpRequest request) => request.Headers.IfMatch.Count + request.Headers.IfNoneMatch.Count > 0;

    private static bool Is(EntityTagHeaderValue tag, string? etag) =>
        tag.Equals(EntityTagHeaderValue.Any) || (etag is not null && tag.Tag.AsSpan().Trim('"').SequenceEqual(etag));
}

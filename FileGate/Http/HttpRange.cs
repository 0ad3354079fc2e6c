using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using SecureAgent.FileGate.Reading;

namespace SecureAgent.FileGate.Http;

/// <summary>The Range header of a <c>GET</c>; no other method has ranges (RFC 9110 §14.2). One range a request; what is not one is refused rather than ignored, since ignoring it would release the whole file.</summary>
internal static class HttpRange
{
    /// <returns>False when there is a Range header that is not one byte range.</returns>
    public static bool TryParse(HttpRequest request, out RequestedRange? range)
    {
        range = null;
        if (request.Headers.Range.Count == 0 || !HttpMethods.IsGet(request.Method))
        {
            return true;
        }

        if (request.GetTypedHeaders().Range is not { Unit.Value: "bytes", Ranges: { Count: 1 } ranges })
        {
            return false;
        }

        var only = ranges.First();
        range = new RequestedRange(only.From, only.To) { OnlyOf = IfRange(request) };
        return true;
    }

    /// <summary>The etag of If-Range without quotes; a date or a weak etag names no version here, so the range is dropped.</summary>
    private static string? IfRange(HttpRequest request) =>
        request.Headers.IfRange.Count == 0
            ? null
            : request.GetTypedHeaders().IfRange?.EntityTag is { IsWeak: false, Tag.Value: { } tag } ? tag.Trim('"') : "";
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Listing;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Http;

/// <summary><c>/v1/files</c>, <c>/v1/list</c>, <c>/v1/stat</c>: the plain HTTP surface, for any language and for curl.</summary>
internal static class FileEndpoints
{
    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        // The workspace path is behind these: RawPath has taken it off the request path.
        var v1 = routes.MapGroup("/v1").ServeOn(ConnectionOrigin.Session);
        // Asked for once, not made in a scope of every request.
        FileReader? reader = null;
        v1.MapMethods(
            "/files", [HttpMethods.Get, HttpMethods.Head],
            context => ReadAsync(context, reader ??= routes.ServiceProvider.GetRequiredService<FileReader>()));
        v1.MapGet("/list", ListAsync);
        v1.MapGet("/stat", StatAsync);
    }

    private static async Task ReadAsync(HttpContext context, FileReader reader)
    {
        var (session, path) = (context.Session().Files(), RawPath.Of(context));
        if (!HttpRange.TryParse(context.Request, out var range))
        {
            await RefusalResponse.WriteAsync(context, reader.RefuseRange(session, path));
            return;
        }

        var terms = new ReadTerms
        {
            Range = range, IsCurrent = EntityTags.Known(context.Request), IsExpected = EntityTags.Expected(context.Request), IsTagged = true, HeadersOnly = HttpMethods.IsHead(context.Request.Method),
        };
        var answer = await reader.PrepareAsync(session, path, terms, context.RequestAborted);
        if (answer.Value is not { } read)
        {
            await RefusalResponse.WriteAsync(context, answer.Refusal!);
            return;
        }

        using (read)
        {
            await SendAsync(context, read);
        }
    }

    private static async Task SendAsync(HttpContext context, PreparedRead read)
    {
        var response = context.Response;
        if (read.Etag is { } etag)
        {
            response.Headers.ETag = $"\"{etag}\"";
        }

        response.Headers.LastModified = HeaderUtilities.FormatDate(DateTimeOffset.FromUnixTimeMilliseconds(read.Facts.ModifiedUnixMilliseconds));
        response.Headers.AcceptRanges = "bytes";
        response.Headers.XContentTypeOptions = "nosniff";
        if (read.NotModified)
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = read.Slice.Length;
        if (read.IsPartial)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.GetTypedHeaders().ContentRange = new ContentRangeHeaderValue(read.Slice.Offset, read.Slice.Offset + read.Slice.Length - 1, read.Facts.Size);
        }

        if (read.HeadersOnly)
        {
            return;
        }

        var (whole, isTagged) = (false, read.Etag is not null);
        try
        {
            whole = await (read.IsStreamed ? StreamAsync(response, read, context.RequestAborted)
                : read.DeliverAsync((chunk, token) => response.Body.WriteAsync(chunk, token), context.RequestAborted));
        }
        catch (OperationCanceledException)
        {
            // The client went away, or did not take a chunk in time.
        }

        if (!whole)
        {
            context.Abort();
        }
        else if (!isTagged && read.Etag is { } found && response.SupportsTrailers())
        {
            response.AppendTrailer(HeaderNames.ETag, $"\"{found}\"");
        }
    }

    /// <summary>Every chunk as one piece of memory; written to the body, it would be cut into pieces of 4 KiB, each with its own share of the call.</summary>
    private static async Task<bool> StreamAsync(HttpResponse response, PreparedRead read, CancellationToken aborted)
    {
        await response.StartAsync(aborted);
        var output = response.BodyWriter;
        return await read.DeliverAsync(
            async (chunk, token) =>
            {
                chunk.CopyTo(output.GetMemory(chunk.Length));
                output.Advance(chunk.Length);
                if (await output.FlushAsync(token) is { IsCompleted: true } or { IsCanceled: true })
                {
                    throw new OperationCanceledException("The client went away.");
                }
            },
            aborted);
    }

    private static Task ListAsync(HttpContext context, EntryLister lister)
    {
        var query = context.Request.Query;
        var answer = lister.List(
            context.Session().Files(), RawPath.Of(context), PageSize(query["pageSize"]), query["pageToken"].ToString());
        return answer.Value is { } page
            ? context.Response.WriteAsJsonAsync(
                new ListResponse([.. page.Entries.Select(EntryResponse.From)], page.NextPageToken), FileGateJson.Default.ListResponse)
            : RefusalResponse.WriteAsync(context, answer.Refusal!);
    }

    private static Task StatAsync(HttpContext context, EntryLister lister)
    {
        var answer = lister.Stat(context.Session().Files(), RawPath.Of(context), tagged: true);
        return answer.Value is { } entry
            ? context.Response.WriteAsJsonAsync(EntryResponse.From(entry), FileGateJson.Default.EntryResponse)
            : RefusalResponse.WriteAsync(context, answer.Refusal!);
    }

    /// <summary>-1, which is no page size, for what is not a number.</summary>
    private static int PageSize(StringValues text) =>
        text.Count == 0 ? 0 : int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var size) && size > 0 ? size : -1;
}

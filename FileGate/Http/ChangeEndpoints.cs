using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Access;
using SecureAgent.FileGate.Asking;
using SecureAgent.FileGate.Changes;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Http;

internal sealed record ChangeResponse(string Path, bool Proposed, string? Etag);

/// <param name="Mode">Permission bits, octal: <c>"755"</c> or <c>"0755"</c>.</param>
internal sealed record ModeRequest(string? Mode);

/// <summary><c>PUT</c>, <c>PATCH</c> and <c>DELETE /v1/files/{path}</c>: 201 or 200 when it is done, 202 when it waits for the operator.</summary>
internal static class ChangeEndpoints
{
    public static void MapChanges(this IEndpointRouteBuilder routes)
    {
        routes.MapPut("/v1/files", PutAsync).ServeOn(ConnectionOrigin.Session).WithLargeBodies();
        routes.MapPatch("/v1/files", PatchAsync).ServeOn(ConnectionOrigin.Session);
        routes.MapDelete("/v1/files", DeleteAsync).ServeOn(ConnectionOrigin.Session);
    }

    private static async Task PutAsync(HttpContext context, AskedChanger changer, FileChanger direct, IOptions<FileGateOptions> options)
    {
        if (!IsWhole(context.Request.Headers))
        {
            await AnswerAsync(context, direct.Malformed(context.Session().Files(), RawPath.Of(context)));
            return;
        }

        var content = await ReadAsync(context.Request, options.Value.MaxChangeBytes, context.RequestAborted);
        await AnswerAsync(context, await changer.WriteAsync(context.Session().Files(), RawPath.Of(context), content, TermsOf(context.Request), context.RequestAborted));
    }

    /// <summary>Not a part of a file (RFC 9110 §14.5), nor its content in a coding that the file would then have.</summary>
    private static bool IsWhole(IHeaderDictionary headers) =>
        headers.ContentRange.Count == 0 && (headers.ContentEncoding.Count == 0 || string.Equals(headers.ContentEncoding, "identity", StringComparison.OrdinalIgnoreCase));

    private static async Task PatchAsync(HttpContext context, AskedChanger changer, FileChanger direct)
    {
        var (session, path) = (context.Session().Files(), RawPath.Of(context));
        await AnswerAsync(context, FileModes.Parse((await ReadModeAsync(context))?.Mode) is { } mode
            ? await changer.SetModeAsync(session, path, mode, TermsOf(context.Request), context.RequestAborted)
            : direct.Malformed(session, path));
    }

    private static async Task<ModeRequest?> ReadModeAsync(HttpContext context)
    {
        try
        {
            return await JsonSerializer.DeserializeAsync(context.Request.Body, FileGateJson.Default.ModeRequest, context.RequestAborted);
        }
        catch (JsonException)
        {
            return null; // no document, no mode: refused as malformed
        }
    }

    private static async Task DeleteAsync(HttpContext context, AskedChanger changer) =>
        await AnswerAsync(context, await changer.DeleteAsync(context.Session().Files(), RawPath.Of(context), TermsOf(context.Request), context.RequestAborted));

    private static Task AnswerAsync(HttpContext context, Answer<ChangeOutcome> answer)
    {
        if (answer.Value is not { } outcome)
        {
            return RefusalResponse.WriteAsync(context, answer.Refusal!);
        }

        context.Response.StatusCode = outcome.IsProposed ? StatusCodes.Status202Accepted : outcome.IsNew ? StatusCodes.Status201Created : StatusCodes.Status200OK;
        if (outcome.Etag is { } etag)
        {
            context.Response.Headers.ETag = $"\"{etag}\"";
        }

        return context.Response.WriteAsJsonAsync(new ChangeResponse(outcome.Path, outcome.IsProposed, outcome.Etag), FileGateJson.Default.ChangeResponse);
    }

    /// <summary>One byte more than may be, at most: the changer refuses it with its reason.</summary>
    private static async Task<ReadOnlyMemory<byte>> ReadAsync(HttpRequest request, int limit, CancellationToken cancellationToken)
    {
        using var body = new MemoryStream();
        var buffer = new byte[Math.Min(limit + 1, 64 * 1024)];
        int read;
        while (body.Length <= limit && (read = await request.Body.ReadAsync(buffer, cancellationToken)) > 0)
        {
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }

    private static ChangeTerms TermsOf(HttpRequest request) => new(
        EntityTags.Expected(request), IsUnwanted: EntityTags.Known(request), MustBeNew: EntityTags.MustBeNew(request));
}

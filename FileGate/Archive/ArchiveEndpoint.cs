using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using SecureAgent.FileGate.Http;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Archive;

/// <summary><c>GET /v1/archive/{directory}?format=zip|tar.gz</c>. An archive that ends early ends the connection.</summary>
internal static class ArchiveEndpoint
{
    public static void MapArchive(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/archive", ArchiveAsync).ServeOn(ConnectionOrigin.Session);

    private static async Task ArchiveAsync(HttpContext context, FileArchiver archiver, IOptions<FileGateOptions> options, TimeProvider time)
    {
        var (session, path) = (context.Session().Files(), RawPath.Of(context));
        var asked = context.Request.Query["format"].ToString();
        var format = ArchiveFormats.Parse(asked.Length == 0 ? "zip" : asked);
        if (archiver.Begin(session, path, format) is { } refusal)
        {
            await RefusalResponse.WriteAsync(context, refusal);
            return;
        }

        context.Response.ContentType = format.MediaType();
        context.Response.Headers.XContentTypeOptions = "nosniff";
        await using var output = new ArchiveOutput((piece, token) => context.Response.Body.WriteAsync(piece, token), options.Value.StallTimeout, time);
        try
        {
            await archiver.WriteAsync(session, path, format, output, context.RequestAborted);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            context.Abort();
        }
    }
}

using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using SecureAgent.FileGate.Search;
using SecureAgent.FileGate.Sessions;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Http;

internal sealed record SearchAnswer(IReadOnlyList<SearchMatch> Matches, int FilesScanned, int FilesSkipped, bool Truncated);

/// <summary><c>GET /v1/search/{directory}?glob=&amp;regex=&amp;ignoreCase=&amp;limit=</c>.</summary>
internal static class SearchEndpoint
{
    public static void MapSearch(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/search", SearchAsync).ServeOn(ConnectionOrigin.Session);

    private static async Task SearchAsync(HttpContext context, FileSearcher searcher)
    {
        var (session, path, asked) = (context.Session().Files(), RawPath.Of(context), context.Request.Query);
        var query = SearchQuery.TryCreate(path, asked["glob"].ToString(), asked["regex"].ToString(), asked["ignoreCase"] == "true", Limit(asked["limit"]));
        var begun = searcher.Begin(session, path, query);
        if (begun.Value is not { } summary)
        {
            await RefusalResponse.WriteAsync(context, begun.Refusal!);
            return;
        }

        var matches = new List<SearchMatch>();
        await foreach (var match in searcher.FindAsync(session, query!, summary, context.RequestAborted))
        {
            matches.Add(match);
        }

        await context.Response.WriteAsJsonAsync(
            new SearchAnswer(matches, summary.FilesScanned, summary.FilesSkipped, summary.IsTruncated), FileGateJson.Default.SearchAnswer);
    }

    private static int Limit(StringValues text) =>
        text.Count == 0 ? 0 : int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0 ? limit : -1;
}

using Microsoft.AspNetCore.Http;

namespace SecureAgent.FileGate.Http;

/// <summary>What Kestrel finds wrong with a body while it is read is answered with its status, and is no error of this process that the log has to tell.</summary>
internal static class WrongRequests
{
    /// <summary>What is done at once costs nothing more.</summary>
    public static void UseWrongRequests(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        var serving = next(context);
        return serving.IsCompletedSuccessfully ? serving : AnswerAsync(context, serving);
    });

    private static async Task AnswerAsync(HttpContext context, Task serving)
    {
        try
        {
            await serving;
        }
        catch (BadHttpRequestException wrong) when (!context.Response.HasStarted)
        {
            context.Response.StatusCode = wrong.StatusCode;
        }
    }
}

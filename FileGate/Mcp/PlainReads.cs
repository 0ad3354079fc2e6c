using System.Text;
using Microsoft.AspNetCore.Http;
using SecureAgent.FileGate.Reading;
using SecureAgent.ServiceDefaults.Hosting;
using SecureAgent.ServiceDefaults.Sessions;

namespace SecureAgent.FileGate.Mcp;

/// <summary>
/// Answers <see cref="PlainReadCall"/>s itself, with what the tool of that name answers: the MCP server makes a session, a dozen tasks and three copies of the
/// text for each call, which takes several times as long as the read. Every other message goes on to it untouched.
/// </summary>
internal static class PlainReads
{
    private const int MaxRequestBytes = 8 * 1024;

    public static void UsePlainReads(this IApplicationBuilder app)
    {
        FileReader? reader = null;
        // What is none of MCP goes on without a state machine, and on the thread it came on.
        app.Use((context, next) => context.GetEndpoint()?.Metadata.GetMetadata<Served>() is null
            ? next(context)
            : AnswerOrPassAsync(context, next, reader ??= app.ApplicationServices.GetRequiredService<FileReader>()));
    }

    private static async Task AnswerOrPassAsync(HttpContext context, RequestDelegate next, FileReader reader)
    {
        if (context.Origin() == ConnectionOrigin.Session && PlainReadCall.MayBe(context.Request) && await ParseAsync(context.Request) is { } call)
        {
            await AnswerAsync(context, call, reader);
            return;
        }

        if (PollingThread.IsCurrent)
        {
            await PollingThread.Leave();
        }

        await next(context);
    }

    public static TBuilder WithPlainReads<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Served());

    /// <summary>What is not a call of this kind stays to be read by whoever comes next.</summary>
    private static async ValueTask<PlainReadCall?> ParseAsync(HttpRequest request)
    {
        while (true)
        {
            var read = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            if (!read.IsCompleted && read.Buffer.Length < MaxRequestBytes)
            {
                request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }

            var call = read.IsCompleted && read.Buffer.Length <= MaxRequestBytes ? PlainReadCall.Parse(read.Buffer, request) : null;
            request.BodyReader.AdvanceTo(call is null ? read.Buffer.Start : read.Buffer.End);
            return call;
        }
    }

    private static async Task AnswerAsync(HttpContext context, PlainReadCall call, FileReader reader)
    {
        var (bytes, refusal) = await WholeFile.ReadAsync(context, reader, call.Path, WholeFile.MaxBytes, context.RequestAborted);
        var answer = new PlainReadAnswer(call, refusal is null ? bytes : Encoding.UTF8.GetBytes(McpAnswers.RefusalText(refusal)), isError: refusal is not null);
        var response = context.Response;
        response.ContentType = "application/json";
        if (answer.IsShort)
        {
            var output = answer.ToBuffer();
            response.ContentLength = output.WrittenCount;
            await response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
            return;
        }

        await answer.WriteAsync(response.BodyWriter, async () => await response.BodyWriter.FlushAsync(context.RequestAborted));
    }

    private sealed class Served;
}

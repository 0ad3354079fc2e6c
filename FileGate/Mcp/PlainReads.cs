using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using SecureAgent.Contracts;
using SecureAgent.FileGate.Reading;
using SecureAgent.FileGate.Sessions;
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
    private const int SegmentCharacters = 32 * 1024;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public static void UsePlainReads(this IApplicationBuilder app)
    {
        FileReader? reader = null;
        app.Use(async (context, next) =>
        {
            if (context.GetEndpoint()?.Metadata.GetMetadata<Served>() is not null && context.Origin() == ConnectionOrigin.Session && PlainReadCall.MayBe(context.Request)
                && await ParseAsync(context.Request) is { } call)
            {
                await AnswerAsync(context, call, reader ??= app.ApplicationServices.GetRequiredService<FileReader>());
                return;
            }

            if (PollingThread.IsCurrent)
            {
                await PollingThread.Leave();
            }

            await next(context);
        });
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
        var (bytes, refusal) = await WholeFile.ReadAsync(reader, context.Session().Files(), call.Path, context.RequestAborted);
        var output = new ArrayBufferWriter<byte>(bytes.Length + (bytes.Length / 16) + 512);
        using (var json = new Utf8JsonWriter(output, Compact))
        {
            Write(json, call, refusal is null ? bytes.Span : Encoding.UTF8.GetBytes(McpAnswers.RefusalText(refusal)), isError: refusal is not null);
        }

        context.Response.ContentType = "application/json";
        context.Response.ContentLength = output.WrittenCount;
        await context.Response.Body.WriteAsync(output.WrittenMemory, context.RequestAborted);
    }

    private static void Write(Utf8JsonWriter json, PlainReadCall call, ReadOnlySpan<byte> text, bool isError)
    {
        json.WriteStartObject();
        json.WriteStartObject("result");
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WritePropertyName("text");
        WriteText(json, text);
        json.WriteEndObject();
        json.WriteEndArray();
        if (isError)
        {
            json.WriteBoolean("isError", true);
        }

        if (call.IsSelfDescribed)
        {
            json.WriteString("resultType", "complete");
            json.WriteStartObject("_meta");
            json.WriteStartObject("io.modelcontextprotocol/serverInfo");
            json.WriteString("name", ComponentNames.FileGate);
            json.WriteString("version", "1");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WritePropertyName("id");
        json.WriteRawValue(call.Id);
        json.WriteString("jsonrpc", "2.0");
        json.WriteEndObject();
    }

    /// <summary>In segments when it is long: written at once, room for six times its length would be made first.</summary>
    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> text)
    {
        if (text.Length <= SegmentCharacters && Utf8.IsValid(text))
        {
            json.WriteStringValue(text);
            return;
        }

        ReadOnlySpan<char> rest = Encoding.UTF8.GetString(text);
        for (; rest.Length > SegmentCharacters; rest = rest[SegmentCharacters..])
        {
            json.WriteStringValueSegment(rest[..SegmentCharacters], isFinalSegment: false);
        }

        json.WriteStringValueSegment(rest, isFinalSegment: true);
    }

    private sealed class Served;
}

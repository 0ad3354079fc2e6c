using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using SecureAgent.Contracts;

namespace SecureAgent.FileGate.Mcp;

/// <summary>The answer to a <see cref="PlainReadCall"/> as JSON, the text in pieces when it is long: written at once, room for six times its length would be made first.</summary>
internal sealed class PlainReadAnswer(PlainReadCall call, ReadOnlyMemory<byte> text, bool isError)
{
    private const int PieceBytes = 32 * 1024;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    public bool IsShort => text.Length <= PieceBytes;

    public ArrayBufferWriter<byte> ToBuffer()
    {
        var output = new ArrayBufferWriter<byte>((text.Length * 2) + (text.Length / 8) + 512);
        var writing = WriteAsync(output, static () => ValueTask.CompletedTask);
        return writing.IsCompletedSuccessfully ? output : throw new InvalidOperationException("nothing was to be waited for");
    }

    /// <param name="flush">Called after every piece.</param>
    public async ValueTask WriteAsync(IBufferWriter<byte> output, Func<ValueTask> flush)
    {
        await using var json = new Utf8JsonWriter(output, Compact);
        json.WriteStartObject();
        json.WriteStartObject("result");
        json.WriteStartArray("content");
        json.WriteStartObject();
        json.WriteString("type", "text");
        json.WritePropertyName("text");
        await WriteTextAsync(json, flush);
        json.WriteEndObject();
        json.WriteEndArray();
        if (isError)
        {
            json.WriteBoolean("isError", true);
        }
        else
        {
            json.WriteStartObject("structuredContent");
            json.WritePropertyName("content");
            await WriteTextAsync(json, flush);
            json.WriteEndObject();
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

    private async ValueTask WriteTextAsync(Utf8JsonWriter json, Func<ValueTask> flush)
    {
        if (IsShort && Utf8.IsValid(text.Span))
        {
            json.WriteStringValue(text.Span);
            return;
        }

        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[Encoding.UTF8.GetMaxCharCount(PieceBytes)];
        for (var at = 0; at < text.Length;)
        {
            var piece = text.Slice(at, Math.Min(PieceBytes, text.Length - at));
            at += piece.Length;
            var count = decoder.GetChars(piece.Span, characters, flush: at == text.Length);
            json.WriteStringValueSegment(characters.AsSpan(0, count), isFinalSegment: at == text.Length);
            json.Flush();
            await flush();
        }
    }
}

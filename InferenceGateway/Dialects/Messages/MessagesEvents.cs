using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Messages;

/// <summary>A streamed answer in Anthropic's events: <c>message_start</c>, <c>ping</c>, content blocks, <c>message_delta</c>, <c>message_stop</c>.</summary>
/// <param name="promptTokens">Approximate; the figures at the end are the backend's own when it has any.</param>
internal sealed class MessagesEvents(string id, string model, long promptTokens) : ItemEvents
{
    public override ServerEvent Broken(OpenAiError error) => new("error", MessagesWriter.Error(error));

    protected override void Started()
    {
        Emit("message_start", json => json.Object("message", message =>
        {
            MessagesWriter.Head(message, id, model);
            message.WriteStartArray("content");
            message.WriteEndArray();
            MessagesWriter.Stop(message, null);
            MessagesWriter.Usage(message, new Usage(promptTokens, 0, IsReported: false));
        }));
        Emit("ping", _ => { });
    }

    protected override void OpenText() => Open(block =>
    {
        block.WriteString("type", "text");
        block.WriteString("text", "");
    });

    protected override void TextDelta(string text) => Delta("text_delta", "text", text);

    protected override void CloseText(string whole) => Close();

    protected override void OpenCall(string id, string name) => Open(block =>
    {
        block.WriteString("type", "tool_use");
        block.WriteString("id", id);
        block.WriteString("name", name);
        block.Object("input", _ => { });
    });

    protected override void ArgumentsDelta(string json) => Delta("input_json_delta", "partial_json", json);

    protected override void CloseCall(ToolCall whole) => Close();

    protected override void Finished(Usage usage)
    {
        Emit("message_delta", json =>
        {
            json.Object("delta", delta => MessagesWriter.Stop(delta, MessagesWriter.StopReason(Finish)));
            MessagesWriter.Usage(json, usage);
        });
        Emit("message_stop", _ => { });
    }

    private void Open(Action<Utf8JsonWriter> block) => Block("content_block_start", json => json.Object("content_block", block));

    private void Close() => Block("content_block_stop", _ => { });

    private void Delta(string type, string member, string text) => Block("content_block_delta", json => json.Object("delta", delta =>
    {
        delta.WriteString("type", type);
        delta.WriteString(member, text);
    }));

    private void Block(string type, Action<Utf8JsonWriter> members) => Emit(type, json =>
    {
        json.WriteNumber("index", Place);
        members(json);
    });

    private void Emit(string type, Action<Utf8JsonWriter> members) => Emit(new ServerEvent(type, JsonBytes.Object(json =>
    {
        json.WriteString("type", type);
        members(json);
    })));
}

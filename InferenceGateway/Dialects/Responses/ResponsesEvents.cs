using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>A streamed answer in the events of OpenAI's responses, each with its number.</summary>
internal sealed class ResponsesEvents(ResponseWriter response) : ItemEvents
{
    private readonly List<OutputItem> done = [];
    private OutputItem open = OutputItem.Of("");
    private int number;

    public override ServerEvent Broken(OpenAiError error) =>
        Event("response.failed", json => json.Object("response", whole => response.WriteFailed(whole, error, done)));

    protected override void Started()
    {
        Response("response.created", ResponseWriter.InProgress, null);
        Response("response.in_progress", ResponseWriter.InProgress, null);
    }

    protected override void OpenText()
    {
        Open(OutputItem.Of(""));
        Content("response.content_part.added", json => json.Object("part", part => OutputItem.Part(part, "")));
    }

    protected override void TextDelta(string text) => Content("response.output_text.delta", json =>
    {
        json.WriteString("delta", text);
        NoLogprobs(json);
    });

    protected override void CloseText(string whole)
    {
        Content("response.output_text.done", json =>
        {
            json.WriteString("text", whole);
            NoLogprobs(json);
        });
        Content("response.content_part.done", json => json.Object("part", part => OutputItem.Part(part, whole)));
        Done(open with { Text = whole });
    }

    protected override void OpenCall(string id, string name) => Open(response.Item(new ToolCall(id, name, "")));

    protected override void ArgumentsDelta(string json) => Item("response.function_call_arguments.delta", item => item.WriteString("delta", json));

    protected override void CloseCall(ToolCall whole)
    {
        Item("response.function_call_arguments.done", json =>
        {
            json.WriteString("name", open.Function.Name);
            json.WriteString("arguments", whole.Arguments);
        });
        Done(open with { Call = whole });
    }

    protected override void Finished(Usage usage)
    {
        var status = ResponseWriter.StatusOf(Finish);
        Response($"response.{status}", status, usage);
    }

    private void Open(OutputItem item)
    {
        open = item;
        Whole("response.output_item.added", isDone: false);
    }

    private void Done(OutputItem item)
    {
        open = item;
        done.Add(item);
        Whole("response.output_item.done", isDone: true);
    }

    private void Response(string type, string status, Usage? usage) =>
        Emit(Event(type, json => json.Object("response", whole => response.Write(whole, status, Finish, done, usage))));

    private void Whole(string type, bool isDone) => Emit(Event(type, json =>
    {
        json.WriteNumber("output_index", Place);
        json.Object("item", item => open.Write(item, isDone));
    }));

    private void Content(string type, Action<Utf8JsonWriter> members) => Item(type, json =>
    {
        json.WriteNumber("content_index", 0);
        members(json);
    });

    private void Item(string type, Action<Utf8JsonWriter> members) => Emit(Event(type, json =>
    {
        json.WriteString("item_id", open.Id);
        json.WriteNumber("output_index", Place);
        members(json);
    }));

    private static void NoLogprobs(Utf8JsonWriter json)
    {
        json.WriteStartArray("logprobs");
        json.WriteEndArray();
    }

    private ServerEvent Event(string type, Action<Utf8JsonWriter> members) => new(type, JsonBytes.Object(json =>
    {
        json.WriteString("type", type);
        json.WriteNumber("sequence_number", number++);
        members(json);
    }));
}

using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary><c>POST /v1/responses</c>, OpenAI's newer format.</summary>
internal sealed class ResponsesDialect(TimeProvider time) : IDialect
{
    public string Name => "responses";

    public JsonElement ToChat(JsonElement body) => ResponsesReader.ToChat(body);

    public ReadOnlyMemory<byte> Whole(ChatRequest request, ReadOnlyMemory<byte> completion, Usage usage)
    {
        var answer = ChatAnswer.Read(completion);
        var response = Writer(request);
        var items = answer.Calls.Select(response.Item).ToList();
        if (answer.Text.Length > 0 || items.Count == 0)
        {
            items.Insert(0, OutputItem.Of(answer.Text));
        }

        return JsonBytes.Object(json => response.Write(json, ResponseWriter.StatusOf(answer.Finish), answer.Finish, items, usage));
    }

    public IAnswerEvents Events(ChatRequest request, long promptTokens) => new ResponsesEvents(Writer(request));

    public byte[] Error(OpenAiError error) => error.ToJson();

    private ResponseWriter Writer(ChatRequest request) => new(request, time.GetUtcNow().ToUnixTimeSeconds());
}

using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.InferenceGateway.Dialects.Messages;

/// <summary><c>POST /v1/messages</c>, Anthropic's format.</summary>
internal sealed class MessagesDialect : IDialect
{
    public string Name => "messages";

    public JsonElement ToChat(JsonElement body) => MessagesReader.ToChat(body);

    public ReadOnlyMemory<byte> Whole(ChatRequest request, ReadOnlyMemory<byte> completion, Usage usage)
    {
        var answer = ChatAnswer.Read(completion);
        return JsonBytes.Object(json => MessagesWriter.Message(json, NewId(), request.Model, answer, usage));
    }

    public IAnswerEvents Events(ChatRequest request, long promptTokens) => new MessagesEvents(NewId(), request.Model, promptTokens);

    public byte[] Error(OpenAiError error) => MessagesWriter.Error(error);

    private static string NewId() => Identifiers.New("msg", 20);
}

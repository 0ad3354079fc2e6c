using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;
using SecureAgent.InferenceGateway.OpenAi;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary><c>POST /v1/chat/completions</c>: nothing is put into other words.</summary>
internal sealed class ChatDialect : IDialect
{
    public string Name => "chat";

    public JsonElement ToChat(JsonElement body) => body;

    public ReadOnlyMemory<byte> Whole(ChatRequest request, ReadOnlyMemory<byte> completion, Usage usage) => completion;

    public IAnswerEvents Events(ChatRequest request, long promptTokens) => new ChatEvents(request.IncludeUsage);

    public byte[] Error(OpenAiError error) => error.ToJson();

    private sealed class ChatEvents(bool includeUsage) : IAnswerEvents
    {
        private static readonly byte[] Done = "[DONE]"u8.ToArray();

        public IEnumerable<ServerEvent> Begin() => [];

        public IEnumerable<ServerEvent> Of(StreamChunk chunk) => chunk.IsUsageOnly && !includeUsage ? [] : [new(null, chunk.Json)];

        public IEnumerable<ServerEvent> End(Usage usage) => [new(null, Done)];

        public ServerEvent Broken(OpenAiError error) => new(null, error.ToJson());
    }
}

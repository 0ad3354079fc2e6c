using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;
using SecureAgent.ServiceDefaults;

namespace SecureAgent.InferenceGateway.Dialects.Responses;

/// <summary>The <c>response</c> object of one answer, in each state of it.</summary>
/// <param name="created">Seconds since 1970.</param>
internal sealed class ResponseWriter(ChatRequest request, long created)
{
    public const string InProgress = "in_progress";

    private const string Failed = "failed";

    private readonly string id = Identifiers.New("resp", 20);
    private readonly IReadOnlyDictionary<string, NamedFunction> functions = FunctionNames.Read(request.Asked);

    public static string StatusOf(FinishReason finish) => finish is FinishReason.Length or FinishReason.Filtered ? "incomplete" : "completed";

    public OutputItem Item(ToolCall call) => OutputItem.Of(call, functions);

    public void Write(Utf8JsonWriter json, string status, FinishReason finish, IReadOnlyList<OutputItem> output, Usage? usage)
    {
        Head(json, status);
        json.WriteNull("error");
        if (status == "incomplete")
        {
            json.Object("incomplete_details", details => details.WriteString("reason", finish == FinishReason.Length ? "max_output_tokens" : "content_filter"));
        }
        else
        {
            json.WriteNull("incomplete_details");
        }

        Output(json, output);
        Figures(json, usage);
    }

    public void WriteFailed(Utf8JsonWriter json, OpenAiError failure, IReadOnlyList<OutputItem> output)
    {
        Head(json, Failed);
        json.Object("error", error =>
        {
            error.WriteString("code", failure.Reason.Name());
            error.WriteString("message", failure.Message);
        });
        json.WriteNull("incomplete_details");
        Output(json, output);
        json.WriteNull("usage");
    }

    private void Head(Utf8JsonWriter json, string status)
    {
        json.WriteString("id", id);
        json.WriteString("object", "response");
        json.WriteNumber("created_at", created);
        json.WriteString("status", status);
        json.WriteString("model", request.Model);
        json.WriteBoolean("store", false);
        json.WriteNull("previous_response_id");
        json.WriteBoolean("parallel_tool_calls", request.ParallelToolCalls);
        json.WriteString("tool_choice", request.ToolChoice.Mode switch { ToolChoiceMode.None => "none", ToolChoiceMode.Required => "required", _ => "auto" });
        ChatBody.Copy(json, request.Asked, "tools");
    }

    private static void Output(Utf8JsonWriter json, IReadOnlyList<OutputItem> output)
    {
        json.WriteStartArray("output");
        foreach (var item in output)
        {
            json.WriteStartObject();
            item.Write(json, isDone: true);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Figures(Utf8JsonWriter json, Usage? usage)
    {
        if (usage is not { } known)
        {
            json.WriteNull("usage");
            return;
        }

        json.Object("usage", figures =>
        {
            figures.WriteNumber("input_tokens", known.Input);
            figures.Object("input_tokens_details", details => details.WriteNumber("cached_tokens", 0));
            figures.WriteNumber("output_tokens", known.Output);
            figures.Object("output_tokens_details", details => details.WriteNumber("reasoning_tokens", 0));
            figures.WriteNumber("total_tokens", known.Total);
        });
    }
}

using System.Buffers;
using System.Text.Json;
using SecureAgent.InferenceGateway.Backends;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>
/// The body that goes upstream: the members we know to act on this one answer only, with the token limit the budget leaves. Others are dropped: a provider's own
/// members (stored prompts, web search, other endpoints' options) would act where no policy looks.
/// </summary>
internal static class UpstreamBody
{
    private static readonly HashSet<string> Passed = new(
        ["model", "messages", "tools", "tool_choice", "parallel_tool_calls", "stream", "temperature", "top_p", "stop", "seed", "presence_penalty",
         "frequency_penalty", "response_format", "logit_bias", "logprobs", "top_logprobs", "reasoning_effort", "verbosity", "modalities", "prediction"],
        StringComparer.Ordinal);

    public static byte[] Write(BackendCall call)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            foreach (var member in call.Request.Body.EnumerateObject())
            {
                if (Passed.Contains(member.Name))
                {
                    member.WriteTo(json);
                }
                else if (member.Name is "max_tokens" or "max_completion_tokens" && call.MaxTokens is { } limit && member.Value.ValueKind == JsonValueKind.Number)
                {
                    json.WriteNumber(member.Name, Math.Min(limit, member.Value.TryGetInt64(out var wanted) ? wanted : limit));
                }
            }

            if (call.Request.Stream)
            {
                // The receipt needs the figures whether or not the client wants them.
                json.WriteStartObject("stream_options");
                json.WriteBoolean("include_usage", true);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}

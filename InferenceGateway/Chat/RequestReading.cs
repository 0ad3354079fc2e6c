using System.Text.Json;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Chat;

/// <summary>A body as a chat request, or what is wrong with it.</summary>
internal static class RequestReading
{
    public static async Task<(ChatRequest? Request, OpenAiError? Error)> ReadAsync(HttpContext context, IDialect dialect)
    {
        try
        {
            using var document = await JsonDocument.ParseAsync(context.Request.Body, ChatRequestReader.JsonOptions, context.RequestAborted);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return (null, OpenAiError.Invalid("The body is not a JSON object."));
            }

            var asked = document.RootElement.Clone();
            return ChatRequestReader.TryRead(dialect.ToChat(asked), out var request, out var error) ? (request with { Asked = asked }, null) : (null, error);
        }
        catch (RequestRefusedException refused)
        {
            return (null, refused.Error);
        }
        catch (JsonException error)
        {
            return (null, OpenAiError.Invalid($"The body is not valid JSON (line {error.LineNumber + 1}, byte {error.BytePositionInLine}), or a member stands twice in it."));
        }
        catch (InvalidOperationException)
        {
            // JsonElement.GetString: a lone surrogate escape such as \ud800.
            return (null, OpenAiError.Invalid("A text in the body is not valid Unicode."));
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, new OpenAiError(
                StatusCodes.Status413PayloadTooLarge, "invalid_request_error", ReasonCode.RequestTooLarge, "The request is larger than this gateway accepts; send fewer or shorter messages."));
        }
    }
}

using System.Text.Json;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Upstream;

/// <summary>What an upstream's refusal becomes. The one place that maps it.</summary>
internal static class UpstreamErrors
{
    private const int MaxBody = 16 * 1024;
    private const int MaxMessage = 500;

    /// <summary>
    /// The request's own faults (400, 404, 413, 422) and 429 keep status and message: a model or its agent can act on them. All else is 502 with our words:
    /// 401 and 403 are about the gateway's credential, which providers like to quote in the message.
    /// </summary>
    public static async Task<OpenAiError> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        return status switch
        {
            400 or 404 or 413 or 422 => new OpenAiError(status, "invalid_request_error", Reason(status), await MessageAsync(response, cancellationToken)),
            429 => new OpenAiError(status, "rate_limit_error", ReasonCode.UpstreamUnreachable, await MessageAsync(response, cancellationToken)) { RetryAfter = RetryAfter(response) },
            401 or 403 => OpenAiError.Upstream($"The model server refused the gateway's credential ({status}); the operator must mend it.", ReasonCode.SecretUnavailable),
            >= 300 and < 400 => OpenAiError.Upstream($"The model server answered with a redirect ({status}), which is not followed."),
            _ => OpenAiError.Upstream($"The model server answered {status}."),
        };
    }

    private static ReasonCode Reason(int status) => status switch
    {
        404 => ReasonCode.NotFound,
        413 => ReasonCode.RequestTooLarge,
        _ => ReasonCode.RequestMalformed,
    };

    private static int? RetryAfter(HttpResponseMessage response) =>
        response.Headers.RetryAfter?.Delta is { } delta ? (int)Math.Clamp(delta.TotalSeconds, 0, 3600) : null;

    private static async Task<string> MessageAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var otherwise = $"The model server answered {(int)response.StatusCode}.";
        try
        {
            await response.Content.LoadIntoBufferAsync(MaxBody, cancellationToken);
            using var body = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellationToken));
            var message = body.RootElement.TryGet("error", out var error) ? error.Text("message") : null;
            return message is null ? otherwise : message.Length <= MaxMessage ? message : message[..MaxMessage];
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or HttpRequestException or IOException)
        {
            return otherwise;
        }
    }
}

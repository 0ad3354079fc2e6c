using System.Text.Json;
using Microsoft.AspNetCore.Http;
using SecureAgent.InferenceGateway.Dialects;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.OpenAi;

/// <summary>
/// A refusal or failure in OpenAI's error shape. <c>code</c> is our reason code; <c>rule</c> and <c>ask</c> are additions that say which line of the
/// policy decided and what would change it.
/// </summary>
internal sealed record OpenAiError(int Status, string Type, ReasonCode Reason, string Message)
{
    public string? Param { get; init; }

    public string? Rule { get; init; }

    public string? Ask { get; init; }

    /// <summary>Seconds until a retry can succeed, as the upstream said; null when a retry gains nothing.</summary>
    public int? RetryAfter { get; init; }

    public static OpenAiError Invalid(string message, string? param = null, ReasonCode reason = ReasonCode.RequestMalformed) =>
        new(StatusCodes.Status400BadRequest, "invalid_request_error", reason, message) { Param = param };

    public static OpenAiError NotFound(string message, string? param = null) =>
        new(StatusCodes.Status404NotFound, "invalid_request_error", ReasonCode.NotFound, message) { Param = param };

    public static OpenAiError AuditUnavailable() =>
        new(StatusCodes.Status503ServiceUnavailable, "server_error", ReasonCode.AuditUnavailable, "The audit log cannot be written, so nothing is answered.");

    public static OpenAiError Upstream(string message, ReasonCode reason = ReasonCode.UpstreamUnreachable) =>
        new(StatusCodes.Status502BadGateway, "upstream_error", reason, message);

    public static OpenAiError Denied(Decision decision, string message, string ask) =>
        new(
            decision.Reason == ReasonCode.TokenBudgetExceeded ? StatusCodes.Status429TooManyRequests : StatusCodes.Status403Forbidden,
            decision.Reason == ReasonCode.TokenBudgetExceeded ? "insufficient_quota" : "permission_error",
            decision.Reason,
            message) { Rule = decision.Rule?.ToString() ?? "no rule", Ask = ask.Length == 0 ? null : ask };

    public byte[] ToJson() => JsonBytes.Object(json => Write(json, Type));

    /// <summary>As the member <c>error</c>.</summary>
    /// <param name="type">As the dialect calls it.</param>
    public void Write(Utf8JsonWriter json, string type) => json.Object("error", error =>
    {
        error.WriteString("message", Message);
        error.WriteString("type", type);
        error.WriteString("param", Param);
        error.WriteString("code", Reason.Name());
        if (Rule is not null)
        {
            error.WriteString("rule", Rule);
        }

        if (Ask is not null)
        {
            error.WriteString("ask", Ask);
        }
    });

    /// <summary>In the shape of the dialect that was asked; in OpenAI's on routes of no dialect.</summary>
    public async Task WriteAsync(HttpContext context, IDialect? dialect = null)
    {
        context.Response.StatusCode = Status;
        context.Response.ContentType = "application/json";
        // Read by OpenAI's and Anthropic's client libraries: without it they repeat a 429 or 503 several times.
        context.Response.Headers["x-should-retry"] = RetryAfter is null ? "false" : "true";
        if (RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await context.Response.Body.WriteAsync(dialect?.Error(this) ?? ToJson(), context.RequestAborted);
    }
}

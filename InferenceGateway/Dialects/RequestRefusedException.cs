using System.Diagnostics.CodeAnalysis;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>A request has something that its dialect does not serve.</summary>
internal sealed class RequestRefusedException(OpenAiError error) : Exception(error.Message)
{
    public OpenAiError Error { get; } = error;

    /// <summary>Longest text of an error: a request's own words in it may be of any length.</summary>
    private const int MaxMend = 400;

    /// <param name="field">Path of the member, such as <c>messages[2].content[0].type</c>.</param>
    [DoesNotReturn]
    public static void Malformed(string field, string mend) => Throw(field, mend, ReasonCode.RequestMalformed);

    /// <inheritdoc cref="Malformed"/>
    [DoesNotReturn]
    public static void Unsupported(string field, string mend) => Throw(field, mend, ReasonCode.Unsupported);

    [DoesNotReturn]
    private static void Throw(string field, string mend, ReasonCode reason) =>
        throw new RequestRefusedException(OpenAiError.Invalid($"'{field}' {(mend.Length <= MaxMend ? mend : $"{mend.AsSpan(0, MaxMend)}…")}", field, reason));
}

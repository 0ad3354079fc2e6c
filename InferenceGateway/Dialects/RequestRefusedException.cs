using System.Diagnostics.CodeAnalysis;
using SecureAgent.InferenceGateway.OpenAi;
using SecureAgent.Policy;

namespace SecureAgent.InferenceGateway.Dialects;

/// <summary>A request has something that its dialect does not serve.</summary>
internal sealed class RequestRefusedException(OpenAiError error) : Exception(error.Message)
{
    public OpenAiError Error { get; } = error;

    /// <param name="field">Path of the member, such as <c>messages[2].content[0].type</c>.</param>
    [DoesNotReturn]
    public static void Malformed(string field, string mend) => throw new RequestRefusedException(OpenAiError.Invalid($"'{field}' {mend}", field));

    /// <inheritdoc cref="Malformed"/>
    [DoesNotReturn]
    public static void Unsupported(string field, string mend) =>
        throw new RequestRefusedException(OpenAiError.Invalid($"'{field}' {mend}", field, ReasonCode.Unsupported));
}

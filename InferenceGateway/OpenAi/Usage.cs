namespace SecureAgent.InferenceGateway.OpenAi;

/// <param name="Input">Tokens of the prompt.</param>
/// <param name="Output">Tokens of the answer.</param>
/// <param name="IsReported">True when the backend counted them; false for our approximation.</param>
internal readonly record struct Usage(long Input, long Output, bool IsReported)
{
    public long Total => Input + Output;
}
